// How the image is looked at and recolored. Each change shows at once.
import { field, button, fill, make, number, segments, select } from "./elements.js";
import * as looks from "./look.js";
import { T } from "./texts.js";

const MOST_COLORS = 256;
// Milliseconds that the thumb of the strength must rest before the result is asked for.
const RESTS = 150;

export class LookPanel {
  constructor(root, studio) {
    Object.assign(this, { root, studio });
  }

  update(entry) {
    const { about } = this.studio;
    const given = entry.look.settings;
    const settings = { ...about.defaults, ...given };
    // A slider that is replaced slips from the hand.
    const told = JSON.stringify([entry.doc.id, Object.keys(given).length > 0, { ...settings, dither_strength: null }]);
    if (told === this.told) {
      if (document.activeElement !== this.strength) this.strength.value = settings.dither_strength;
      return;
    }
    this.told = told;
    const named = (setting, texts) =>
      (about.options[setting] ?? []).map(({ name, about: told }) => ({ value: name, text: texts[name] ?? name, title: told }));
    const told = (setting) => about.options[setting]?.find(({ name }) => name === settings[setting])?.about ?? "";
    // What the palette depends on is fitted again; what only changes the pixels leaves it as it is.
    const refit = (changed) => this.studio.change(looks.withSettings(entry.look.palette ? looks.chosen(entry.look) : entry.look, changed));
    const redraw = (changed, options) => this.studio.change(looks.withSettings(entry.look, changed), options);
    const { look } = T;
    const line = (control, note) => make("div", { class: "line-of" }, control, note && make("p", { class: "note" }, note));
    const strength = make("input", { type: "range", min: 0, max: 1, step: 0.05, value: settings.dither_strength });
    strength.addEventListener("input", () => redraw({ dither_strength: strength.valueAsNumber }, { wait: RESTS, kind: "strength" }));
    strength.addEventListener("change", () => this.studio.rest());
    this.strength = strength;
    const range = make(
      "fieldset",
      { class: "range" },
      make("legend", {}, look.range),
      number(settings.min_colors, 2, settings.max_colors, (min_colors) => refit({ min_colors }), { "aria-label": look.fewest }),
      make("span", {}, look.to),
      number(settings.max_colors, settings.min_colors, MOST_COLORS, (max_colors) => refit({ max_colors }), { "aria-label": look.most }),
    );
    const samples = { ...look.samples, [settings.sample_size]: look.samples[settings.sample_size] ?? settings.sample_size };
    const sizes = Object.entries(samples).map(([value, text]) => ({ value, text: String(text) }));
    const refine = make("input", { type: "checkbox", checked: settings.refine, change: (event) => refit({ refine: event.target.checked }) });
    fill(
      this.root,
      line(segments(look.space, named("color_space", look.spaces), settings.color_space, (color_space) => refit({ color_space }), { class: "segments stacked" })),
      line(
        segments(look.dither, named("dither", look.dithers), settings.dither, (dither) => redraw({ dither }), { class: "segments stacked" }),
        told("dither"),
      ),
      settings.dither !== "none" && field(look.strength, strength),
      entry.doc.transparent &&
        line(
          segments(
            look.transparency,
            named("transparency", look.transparencies),
            settings.transparency,
            (transparency) => redraw({ transparency }),
            { class: "segments stacked" },
          ),
          told("transparency"),
        ),
      range,
      field(look.sample, select(sizes, String(settings.sample_size), (size) => refit({ sample_size: size === "all" ? size : Number(size) }))),
      make("label", { class: "check" }, refine, look.refine),
      Object.keys(given).length > 0 &&
        make("p", { class: "buttons" }, button(look.reset, () => this.studio.change({ ...looks.chosen(entry.look), settings: {} }), { class: "button small" })),
    );
  }
}
