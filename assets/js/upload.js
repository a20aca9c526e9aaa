// Uploads: an element with data-upload (where to), data-next (the address to go to, the upload's id is added) and data-limit (bytes).
// The file input is made here, because Dash has none; the file goes as the body of one request, straight from the disk.
(function () {
  "use strict";
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const KINDS = ".csv,.tsv,.tab,.txt,.xlsx,.json,.jsonl,.ndjson,.parquet,.gz,.zip";

  function bytes(count) {
    const [size, unit] = [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]].find(([each]) => count >= each) || [1, "B"];
    const amount = count / size;
    return `${amount >= 100 || size === 1 ? Math.round(amount) : amount.toPrecision(2)}\u00a0${unit}`;
  }

  function csrfToken() {
    const found = /(?:^|; )_csrf_token=([^;]*)/.exec(document.cookie);
    return found ? decodeURIComponent(found[1]) : "";
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  // The same markup as layouts/components/feedback.py: progress
  function progressBar(cancel) {
    const block = element("div", "progress-block progress-running");
    const text = element("div", "progress-text");
    text.setAttribute("aria-hidden", "true");
    const label = element("span", "progress-label");
    const share = element("span", "progress-share");
    text.append(label, share);
    const track = element("div", "progress-track");
    const fill = element("div", "progress-fill");
    track.append(fill);
    track.setAttribute("role", "progressbar");
    track.setAttribute("aria-valuemin", "0");
    track.setAttribute("aria-valuemax", "100");
    const button = element("button", "btn btn-secondary btn-sm", "Cancel");
    button.type = "button";
    button.addEventListener("click", cancel);
    block.append(text, track);
    return {
      parts: [block, button],
      show(part, words) {
        const percent = part === null ? null : Math.floor(part * 100);
        label.textContent = words;
        share.textContent = percent === null ? "" : `${percent}\u00a0%`;
        fill.style.width = percent === null ? "" : `${percent}%`;
        track.classList.toggle("progress-unknown", percent === null);
        track.setAttribute("aria-label", words);
        if (percent === null) track.removeAttribute("aria-valuenow");
        else track.setAttribute("aria-valuenow", String(percent));
      },
    };
  }

  function go(href) {
    const link = document.createElement("a"); // assets/js/shell.js takes it from here
    link.href = href;
    document.body.append(link);
    link.click();
    link.remove();
  }

  function prepare(zone) {
    const input = element("input", "upload-input");
    input.type = "file";
    input.id = zone.querySelector("label").htmlFor;
    input.accept = KINDS;
    zone.querySelector("label").before(input);
    const place = zone.querySelector(".upload-progress");
    const said = zone.querySelector(".upload-error");
    let request = null;

    function end(words) {
      request = null;
      input.value = "";
      place.hidden = true;
      place.replaceChildren();
      zone.classList.remove("upload-busy");
      said.textContent = words || "";
      if (words) input.focus();
    }

    function answered(name) {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // not ours: a proxy's page, say
      }
      if (request.status === 200) return go(zone.dataset.next + encodeURIComponent(answer.id));
      if (request.status === 401) {
        dash.set_props("relogin", { is_open: true });
        return end("Sign in again, then choose the file once more.");
      }
      return end(answer.detail || `${name} could not be uploaded. Try again.`);
    }

    function send(file) {
      if (request || !file) return;
      if (file.size > Number(zone.dataset.limit)) {
        end(`${file.name} has ${bytes(file.size)}; at most ${bytes(Number(zone.dataset.limit))} may be uploaded.`);
        return;
      }
      request = new XMLHttpRequest();
      const bar = progressBar(() => request.abort());
      said.textContent = "";
      place.replaceChildren(...bar.parts);
      place.hidden = false;
      zone.classList.add("upload-busy");
      bar.show(0, `Uploading ${file.name}`);
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        if (loaded < total) bar.show(loaded / total, `Uploading ${file.name}: ${bytes(loaded)} of ${bytes(total)}`);
      });
      request.upload.addEventListener("load", () => bar.show(null, `Looking at ${file.name}`));
      request.addEventListener("load", () => answered(file.name));
      request.addEventListener("abort", () => end());
      request.addEventListener("error", () => end(`The connection broke while ${file.name} was on its way. Try again.`));
      request.open("POST", `${zone.dataset.upload}?name=${encodeURIComponent(file.name)}`);
      request.setRequestHeader("X-CSRFToken", csrfToken());
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.send(file);
    }

    input.addEventListener("change", () => send(input.files[0]));
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("upload-over");
    });
    zone.addEventListener("dragleave", (event) => {
      if (!zone.contains(event.relatedTarget)) zone.classList.remove("upload-over");
    });
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("upload-over");
      if (event.dataTransfer.files.length > 1) end("Drop one file at a time.");
      else send(event.dataTransfer.files[0]);
    });
  }

  function find() {
    for (const zone of document.querySelectorAll("[data-upload]:not([data-ready])")) {
      zone.dataset.ready = "";
      prepare(zone);
    }
  }

  new MutationObserver(find).observe(document.documentElement, { childList: true, subtree: true });
  find();
})();
