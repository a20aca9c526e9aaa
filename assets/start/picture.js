// The page before Dash has started: drawn from the layout that came with it. Its links work, assets/start/early.js keeps what else is done
// to it; Dash puts the real page in its place, and charts that are drawn by then move over (assets/js/figure.js).
(function () {
  "use strict";
  const NAMES = { className: "class", htmlFor: "for", dateTime: "datetime", colSpan: "colspan", rowSpan: "rowspan", srcSet: "srcset" };
  const TEXTS = new Set("alt class colspan datetime download for height href lang role rowspan scope src target title type width".split(" "));
  const FLAGS = new Set(["hidden", "open"]);
  const DATA = new Set(["data-figure", "data-figure-title", "data-rows", "data-state", "data-tile"]);
  const UNITLESS = /^(flex|opacity|order|zIndex|fontWeight|lineHeight|gridRow|gridColumn)/;
  const KEPT_IDS = new Set(["main"]); // style sheets name it; two elements of one id there never are
  const HTML = "dash_html_components";
  const TAGS = { MapEl: "map", ObjectEl: "object" };

  function element(tag, attributes, children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value) made.setAttribute(name, value);
    add(made, children);
    return made;
  }

  function add(to, children) {
    if (children === null || children === undefined || typeof children === "boolean") return;
    if (Array.isArray(children)) children.forEach((child) => add(to, child));
    else if (typeof children !== "object") to.append(String(children));
    else if (children.props) to.append(...pictured(children));
  }

  function style(made, given) {
    for (const [name, value] of Object.entries(given)) {
      if (name.startsWith("--")) made.style.setProperty(name, value);
      else made.style[name] = typeof value === "number" && value && !UNITLESS.test(name) ? `${value}px` : value;
    }
  }

  function plain({ type, props }) {
    const made = document.createElement(TAGS[type] || type.toLowerCase());
    for (const [given, value] of Object.entries(props)) {
      const name = NAMES[given] || given;
      if (value === null || value === undefined || given === "children") continue;
      if (given === "style") style(made, value);
      else if (given === "id" && KEPT_IDS.has(value)) made.id = value;
      else if (TEXTS.has(name) || DATA.has(name) || name.startsWith("aria-")) made.setAttribute(name, value);
      else if (FLAGS.has(name) && value) made.setAttribute(name, "");
    }
    if (made.tagName === "BUTTON") made.tabIndex = -1;
    add(made, props.children);
    return made;
  }

  const field = (kind) => (props) => [element("div", { class: `${kind} ${props.className || ""}` }, props.value || props.placeholder || "\u00a0")];
  const OTHERS = {
    Button: (props) => [element("span", { class: props.className }, props.children)],
    DropdownMenu: (props) => {
      const name = [props.toggleClassName, props.caret === false ? "" : "dropdown-toggle", `btn btn-${props.color || "primary"}`].filter(Boolean).join(" ");
      return [element("div", { class: `${props.className || ""} dropdown` }, { namespace: HTML, type: "Button", props: { className: name, children: props.label } })];
    },
    Input: (props) => (props.type === "hidden" ? [] : field("form-control")(props)),
    Select: field("form-select"),
    Textarea: field("form-control"),
  };

  function pictured({ type, namespace, props }) {
    if (namespace === HTML) return [plain({ type, props })];
    return OTHERS[type] ? OTHERS[type](props) : []; // dialogs are closed, stores have nothing to show
  }

  window.pictureOf = function (layout) {
    const picture = document.createElement("div");
    picture.id = "picture";
    add(picture, layout);
    return picture;
  };
})();
