// For people who paint, stitch or string beads: colors of a catalog, numbered outlines, patterns.
import { query, send } from "./api.js";
import { button, field, fill, make, number, select } from "./elements.js";
import * as looks from "./look.js";
import { T } from "./texts.js";

// Where the server does not say what it offers.
const DEFAULTS = { papers: ["a4", "letter"], kinds: ["cross-stitch", "beads"], min_region: 9 };
const MOST_COLORS = 64;

export class MakePanel {
  constructor(root, studio) {
    Object.assign(this, { root, studio, shown: {} });
    this.offered = { ...DEFAULTS, ...studio.about.options.makers };
    const [paper] = this.offered.papers;
    this.paint = { min_region: this.offered.min_region, paper };
    this.pattern = { kind: this.offered.kinds[0], cells: 60, fabric_count: 14, paper };
    this.catalogBox = make("section", {});
    this.paintBox = make("section", {});
    this.patternBox = make("section", {});
    this.warning = make("div", { class: "warning", hidden: true });
    root.append(this.warning, this.paintBox, this.patternBox, this.catalogBox);
  }

  update(entry) {
    const { result } = entry.shown ?? {};
    const { make: text } = T;
    if (entry !== this.entry) {
      this.result = null;
      fill(this.paintBox);
      fill(this.patternBox);
    }
    this.entry = entry;
    const settings = { ...this.studio.about.defaults, ...entry.look.settings };
    this.warning.hidden = settings.dither === "none";
    fill(
      this.warning,
      make("p", {}, text.dithered),
      button(text.undither, () => this.studio.change(looks.withSettings(entry.look, { dither: "none" })), { class: "button small" }),
    );
    this.updateCatalog(entry);
    if (!result || result.id === this.result) return;
    this.result = result.id;
    this.updatePaint();
    this.updatePattern();
  }

  updateCatalog(entry) {
    const { make: text } = T;
    const { catalog } = entry.look;
    const file = make("input", { type: "file", class: "hidden", tabindex: -1, "aria-hidden": "true", change: () => file.files[0] && this.open(file.files[0]) });
    const parts = [make("h2", {}, text.catalog)];
    if (catalog) {
      const many = entry.shown?.colors.length ?? 8;
      const most = Math.min(MOST_COLORS, catalog.colors.length);
      parts.push(
        make("p", {}, text.using(catalog.name, catalog.colors.length)),
        field(text.best, number(Math.min(many, most), 2, most, (colors) => this.studio.change(looks.withNumber(entry.look, colors)))),
        make(
          "p",
          { class: "buttons" },
          catalog.colors.length <= 256 &&
            button(text.exactly, () => this.studio.change(looks.pinned(entry.look, catalog.colors.map(({ hex }) => hex))), { class: "button small" }),
          button(text.stop, () => this.studio.change({ ...looks.chosen(entry.look), catalog: null }), { class: "button small" }),
        ),
      );
    } else {
      const choose = button(text.choose, () => file.click());
      parts.push(make("p", { class: "note" }, text.catalogNote), make("p", { class: "buttons" }, choose, file));
    }
    fill(this.catalogBox, parts);
  }

  // Use the colors of a file.
  open(file) {
    return this.studio.try(async () => {
      const catalog = await send(`palettes?${query({ name: file.name })}`, file, () => {});
      this.studio.change({ ...looks.chosen(this.studio.entry.look), keep: [], catalog });
    });
  }

  updatePaint() {
    const { make: text } = T;
    const changed = (values) => {
      Object.assign(this.paint, values);
      this.updatePaint();
    };
    const papers = this.offered.papers.map((name) => ({ value: name, text: paperName(name) }));
    fill(
      this.paintBox,
      make("h2", {}, text.paint),
      make(
        "div",
        { class: "pair" },
        field(text.paper, select(papers, this.paint.paper, (paper) => changed({ paper }))),
        field(text.region, number(this.paint.min_region, 1, 400, (min_region) => changed({ min_region }))),
      ),
      this.drawing("paint", this.paint, text.paintAlt, ["svg", "pdf"]),
    );
  }

  updatePattern() {
    const { make: text } = T;
    const changed = (values) => {
      Object.assign(this.pattern, values);
      this.updatePattern();
    };
    const kinds = this.offered.kinds.map((name) => ({ value: name, text: text.kinds[name] ?? name }));
    const stitched = this.pattern.kind === "cross-stitch";
    const given = stitched ? this.pattern : { ...this.pattern, fabric_count: undefined };
    fill(
      this.patternBox,
      make("h2", {}, text.pattern),
      make(
        "div",
        { class: "pair" },
        field(text.kind, select(kinds, this.pattern.kind, (kind) => changed({ kind }))),
        field(text.cells, number(this.pattern.cells, 1, 500, (cells) => changed({ cells }))),
        stitched && field(text.count, number(this.pattern.fabric_count, 6, 32, (fabric_count) => changed({ fabric_count }))),
      ),
      this.drawing("pattern", given, text.patternAlt, ["svg", "pdf", "csv"]),
    );
  }

  // A drawing as an image, once it is asked for, and its files.
  drawing(name, parameters, alt, suffixes) {
    const address = (suffix) => `results/${this.result}/${name}.${suffix}?${query(parameters)}`;
    const box = make("div", { class: "drawing" });
    const draw = () => {
      this.shown[name] = true;
      const told = make("p", { class: "note", role: "status" }, T.make.drawing);
      const link = make("a", { href: address("svg"), download: "" });
      const loaded = () => {
        told.remove();
        link.classList.add("drawn");
      };
      link.append(make("img", { src: address("svg"), alt, load: loaded, error: () => this.explain(address("svg"), told) }));
      fill(box, told, link);
    };
    if (this.shown[name]) draw();
    else fill(box, make("p", { class: "buttons" }, button(T.make.preview, draw)));
    const files = suffixes.map((suffix) => make("a", { class: "button small", href: address(suffix), download: "" }, suffix.toUpperCase()));
    return make("div", {}, box, make("p", { class: "buttons" }, files));
  }

  // Say why a drawing did not come.
  async explain(address, told) {
    const answer = await fetch(address).catch(() => null);
    told.textContent = answer ? ((await answer.json().catch(() => ({}))).error ?? "") : T.failed.lost;
  }
}

const paperName = (name) => (/^a\d$/.test(name) ? name.toUpperCase() : name[0].toUpperCase() + name.slice(1));
