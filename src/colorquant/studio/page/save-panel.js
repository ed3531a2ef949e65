// What can be taken along: the image, its palette, and how to get both again.
import { copy } from "../shared/copy.js";
import { variablesOf } from "../shared/swatches.js";
import { button, fill, make } from "./elements.js";
import { T, saved, size } from "./texts.js";

const capital = (text) => text[0].toUpperCase() + text.slice(1);

export class SavePanel {
  constructor(root, studio) {
    Object.assign(this, { root, studio });
  }

  update(entry) {
    const { shown } = entry;
    if (!shown?.finished) {
      fill(this.root, make("p", { class: "note" }, T.save.wait));
      return;
    }
    const { result } = shown;
    fill(this.root, this.image(result), result.palette.length > 0 && this.palette(result), this.lines(result));
  }

  image(result) {
    const { save } = T;
    const path = `results/${result.id}`;
    const link = (name, text, main = false) => make("a", { class: main ? "button main" : "button", href: `${path}/${name}`, download: "" }, text);
    return make(
      "section",
      {},
      make("h2", {}, save.image),
      make("p", { class: "note" }, result.larger ? save.larger : `${save.lossless} ${capital(saved(result.source_bytes, result.bytes))}.`),
      make(
        "p",
        { class: "buttons" },
        link("image.png", `${save.png}, ${size(result.bytes)}`, true),
        link("image.webp", save.webp),
        link("report.html", save.report),
      ),
    );
  }

  palette(result) {
    const { save } = T;
    const file = ({ name, purpose, suffix }) =>
      make(
        "li",
        {},
        make(
          "a",
          { href: `results/${result.id}/palette.${name}`, download: "" },
          capital(purpose.replace(/^for /, "")),
          make("span", {}, `.${(suffix ?? name).replace(/^\./, "")}`),
        ),
      );
    return make(
      "section",
      {},
      make("h2", {}, save.palette),
      make("ul", { class: "files" }, this.studio.about.options.formats.map(file)),
      make(
        "p",
        { class: "buttons" },
        button(save.css, () => copy(variablesOf(result.palette), T.save.copied("CSS variables"))),
        button(save.codes, () => copy(result.palette.map(({ hex }) => hex).join(", "), T.save.copied("codes"))),
      ),
    );
  }

  lines(result) {
    const { save } = T;
    const environment = Object.entries(result.lambda?.environment ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .join("\n");
    return make(
      "section",
      { class: "lines" },
      make("h2", {}, save.lines),
      code(save.command, result.command),
      code(save.python, result.python),
      environment && code(save.lambda, environment),
      result.lambda?.metadata && code(save.upload, result.lambda.metadata),
      result.lambda?.note && make("p", { class: "note" }, result.lambda.note),
    );
  }
}

// A line of code, and a button that copies it.
function code(title, text) {
  return make(
    "div",
    { class: "code-block" },
    make("h3", {}, title),
    make("pre", { tabindex: 0, role: "region", "aria-label": title }, make("code", {}, text)),
    button(T.copy, () => copy(text, T.save.copied(title.toLowerCase())), { class: "button small", "aria-label": `${T.copy}: ${title}` }),
  );
}
