// The number of colors and the palette, each of whose colors can be locked, changed, taken out or merged.
import { codesOf, legible } from "../shared/color.js";
import { copy, tell } from "../shared/copy.js";
import { Curve } from "../shared/curve.js";
import { Swatches, shareText } from "../shared/swatches.js";
import { button, field, fill, make, segments, select } from "./elements.js";
import * as looks from "./look.js";
import { T } from "./texts.js";

// A difference of 0.01 in the engine's numbers is about one that is just noticeable.
const HUNDREDTHS = 100;
const CODES = ["hex", "rgb", "oklch"];
// Criteria that look at how close the colors come to the original.
const BY_CLOSENESS = ["auto", "fidelity"];

export class ColorsPanel {
  constructor(root, studio) {
    Object.assign(this, { root, studio, chosen: null, pointed: null, merging: false });
    this.curve = null;
    this.build();
  }

  build() {
    const { palette, number } = T;
    this.many = make("p", { class: "many numbers", "aria-hidden": "true" });
    this.noun = make("h2", { id: "count-title" });
    this.beside = make("p", { class: "beside" });
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.svg.id = "curve";
    this.slider = make("input", { id: "number", type: "range", "aria-label": number.label });
    this.slider.addEventListener("change", () => this.studio.rest());
    this.svg.addEventListener("lostpointercapture", () => this.studio.rest());
    this.curveBox = make("div", { class: "curve" }, this.svg, make("div", { class: "track" }, this.slider));
    this.waiting = make("div", { class: "curve waiting" });
    this.criteria = make("div", { class: "criteria" });
    this.strip = make("div", { class: "strip", "aria-hidden": "true" });
    this.box = make("div", { class: "palette", id: "palette", role: "toolbar", "aria-label": palette.toolbar });
    this.sort = segments(palette.sort, Object.entries(palette.orders).map(([value, text]) => ({ value, text })), "share", (order) => {
      this.swatches.show(this.shown, order);
      this.mark();
    });
    this.card = make("div", { class: "card", role: "group", "aria-label": palette.chosen });
    this.tools = make("div", { class: "tools" });
    this.none = make("p", { class: "note", hidden: true }, palette.none);
    this.body = make(
      "div",
      {},
      make("div", { class: "palette-head" }, make("h2", { id: "palette-title" }, palette.title), this.sort),
      this.strip,
      this.box,
      this.card,
      this.tools,
    );
    this.root.append(
      make("section", { class: "count", "aria-labelledby": "count-title" }, this.many, this.noun, this.beside),
      this.waiting,
      this.curveBox,
      this.criteria,
      make("section", { "aria-labelledby": "palette-title" }, this.body, this.none),
    );
    this.swatches = new Swatches(this.box, this.strip, {
      onpoint: (hex) => this.point(hex),
      onchoose: (hex) => this.choose(hex),
      label: (color) => palette.swatch(color, shareText(color.share)),
    });
    this.buildTools();
  }

  buildTools() {
    const { palette } = T;
    this.adding = button(palette.add, () => this.studio.pick(!this.studio.picking), { class: "button small", "aria-pressed": "false" });
    this.code = make("input", { type: "text", "aria-label": palette.addLabel, placeholder: "#e4002b", maxlength: 7, spellcheck: "false", autocomplete: "off" });
    const form = make("form", { class: "inline", submit: (event) => this.addCode(event) }, this.code, make("button", { class: "button small" }, palette.addCode));
    this.refit = button(palette.refit, () => this.edit((look, colors) => looks.refitted(look, colors), "", true), {
      class: "button small",
      title: palette.refitTitle,
    });
    this.locked = make("p", { class: "note" });
    fill(this.tools, make("div", { class: "buttons" }, this.adding, this.refit), form, this.locked);
  }

  addCode(event) {
    event.preventDefault();
    const hex = codeOf(this.code.value);
    if (!hex) {
      tell(T.failed.color);
      return;
    }
    this.code.value = "";
    this.add(hex);
  }

  add(hex) {
    this.edit((look, colors) => looks.added(look, colors, hex), hex);
  }

  get hexes() {
    return this.shown.map(({ hex }) => hex);
  }

  // Change the look by the colors that are shown; `chosen` is the color to stand on then.
  edit(change, chosen = "", refits = false) {
    const { entry } = this.studio;
    const look = change(entry.look, this.hexes);
    if (chosen) this.chosen = chosen;
    const shown = refits ? null : [...new Set([...this.hexes.filter((hex) => hex !== this.replacing), ...look.keep])];
    this.replacing = null;
    this.studio.change(look, { shown });
  }

  point(hex) {
    this.pointed = hex;
    this.mark();
    this.showCard();
  }

  // Act on a swatch: choose it, or merge the chosen one with it.
  choose(hex) {
    if (this.merging && this.chosen && hex !== this.chosen) {
      const pair = [this.chosen, hex].map((code) => this.shown.find((color) => color.hex === code));
      this.merge(false);
      this.studio.change(looks.merged(this.studio.entry.look, this.hexes, pair));
      return;
    }
    this.chosen = hex === this.chosen ? null : hex;
    this.mark();
    this.showCard();
    this.card.scrollIntoView({ block: "nearest" });
  }

  merge(on) {
    this.merging = on;
    this.box.classList.toggle("merging", on);
    if (on) tell(T.palette.mergeWith);
  }

  // Dim all else in the picture.
  mark() {
    const lit = this.pointed ?? this.chosen;
    this.swatches.mark("lit", lit);
    this.studio.isolate(lit);
  }

  escape() {
    if (this.merging) this.merge(false);
    else this.chosen = null;
    this.pointed = null;
    this.mark();
    this.showCard();
  }

  update(entry) {
    const { shown, look } = entry;
    if (entry !== this.entry) this.begin(entry);
    if (!shown) {
      this.wait();
      return;
    }
    this.shown = shown.colors.map((color) => ({ ...color, locked: looks.isLocked(look, color.hex) }));
    const many = shown.finished ? shown.result.colors : (look.palette?.length ?? look.colors ?? shown.colors.length);
    this.many.textContent = many;
    fill(this.noun, make("span", { class: "hidden" }, `${many} `), T.number.noun(many));
    this.none.hidden = Boolean(this.shown.length);
    this.body.hidden = !this.shown.length;
    this.sort.hidden = this.shown.length < 3;
    const held = (hex) => (this.shown.some((color) => color.hex === hex) ? hex : null);
    [this.chosen, this.pointed] = [held(this.chosen), held(this.pointed)];
    if (this.merging && !this.chosen) this.merge(false);
    this.swatches.show(this.shown);
    this.updateCurve(entry, many);
    this.updateCriteria(entry);
    this.mark();
    this.showCard();
    this.refit.disabled = !look.keep.length && !look.palette;
    this.locked.textContent = T.palette.locked(look.keep.length);
  }

  // What was begun with another image ends.
  begin(entry) {
    Object.assign(this, { entry, chosen: null, pointed: null, choosing: false });
    this.merge(false);
  }

  wait() {
    this.many.textContent = "";
    this.noun.textContent = T.number.waiting;
    this.beside.textContent = "";
    this.curveBox.hidden = true;
    this.waiting.hidden = false;
    this.body.hidden = true;
    this.none.hidden = true;
    fill(this.criteria);
  }

  updateCurve(entry, many) {
    const { look, shown } = entry;
    // Until the curve is known for what has been locked now, the last one stays.
    const sweep = entry.curve().sweep ?? (this.drawnFor === entry ? this.drawn : null);
    const chosen = look.colors === null && !look.palette;
    const told = shown.result?.headline ?? sweep?.headline ?? "";
    const back = sweep && !chosen && button(T.number.back(sweep.chosen), () => this.studio.change(looks.chosen(look)), { class: "plain" });
    fill(this.beside, chosen ? told : sweep ? [T.number.chosen(sweep.chosen), " ", back] : T.number.edited);
    this.curveBox.hidden = !sweep || sweep.scores.length < 2;
    this.waiting.hidden = Boolean(sweep);
    if (this.curveBox.hidden) return;
    if (this.drawn !== sweep) {
      [this.drawn, this.drawnFor] = [sweep, entry];
      this.drawCurve(sweep, many);
    } else if (this.curve.shown !== many && sweep.numbers.includes(many)) {
      this.curve.shown = many;
      this.curve.go(many);
    }
  }

  drawCurve(sweep, many) {
    // An image of few colors is not scored; how close each number comes can be shown of any.
    const decides = sweep.measure || "error";
    const scale = decides === "error" ? HUNDREDTHS : 1;
    const measure = Object.values(sweep.measures).find(({ field: name }) => name === decides);
    const shown = {
      scores: sweep.scores.map((score) => [score.colors, scale * score[decides]]),
      numbers: sweep.numbers,
      chosen: sweep.chosen,
      equals: sweep.equals,
      most: measure?.most,
      at: sweep.numbers.includes(many) ? many : sweep.chosen,
    };
    if (this.curve) this.curve.show(shown);
    else this.curve = new Curve(this.svg, this.slider, { ...shown, onchange: (k) => this.studio.slide(k) });
    this.svg.parentElement.title = measure?.meaning ?? "";
  }

  updateCriteria(entry) {
    const { sweep } = entry.curve();
    if (!sweep) {
      if (this.drawnFor !== entry) fill(this.criteria);
      return;
    }
    const told = JSON.stringify([entry.doc.id, sweep.choices, entry.look.settings]);
    if (told === this.criteriaTold && this.criteria.children.length) return;
    this.criteriaTold = told;
    // Where all colors are kept there is nothing to choose.
    if (!sweep.choices.length) {
      fill(this.criteria);
      return;
    }
    const { about } = this.studio;
    const settings = { ...about.defaults, ...entry.look.settings };
    const would = (criterion, quality) =>
      sweep.choices.find((choice) => choice.criterion === criterion && (!choice.quality || choice.quality === quality))?.colors;
    const change = (changed) => this.studio.change(looks.chosen(looks.withSettings(entry.look, changed)));
    const criteria = about.options.criterion.map(({ name, about: told }) => ({
      value: name,
      text: T.number.would(T.number.names[name] ?? name, would(name, settings.quality)),
      title: told,
    }));
    const parts = [field(T.number.by, select(criteria, settings.criterion, (criterion) => change({ criterion })))];
    if (BY_CLOSENESS.includes(settings.criterion)) {
      const qualities = about.options.quality.map(({ name, about: told }) => ({
        value: name,
        text: T.number.wouldBe(name, would(settings.criterion, name)),
        title: told,
      }));
      parts.push(segments(T.number.quality, qualities, settings.quality, (quality) => change({ quality, criterion: settings.criterion })));
    }
    fill(this.criteria, parts);
  }

  showCard() {
    if (this.choosing) return;
    const hex = this.chosen ?? this.pointed ?? this.swatches.colors?.[0]?.hex;
    const color = this.shown?.find((each) => each.hex === hex);
    // Replacing a button that is pressed would swallow the click.
    const told = JSON.stringify([color, this.shown?.length]);
    if (told === this.told) return;
    this.told = told;
    if (!color) {
      fill(this.card);
      return;
    }
    const { text, ratio, grade } = legible(hex);
    const sample = make(
      "div",
      { id: "sample" },
      make("strong", { class: "numbers" }, shareText(color.share)),
      make("span", { id: "contrast" }, T.palette.text(text === "#ffffff", ratio, grade)),
    );
    Object.assign(sample.style, { background: hex, color: text });
    const codes = codesOf(hex);
    const rows = CODES.map((notation) =>
      make(
        "button",
        { type: "button", id: `code-${notation}`, click: () => copy(codes[notation]) },
        make("span", { class: "hidden" }, T.palette.copyCode),
        make("span", { class: "notation" }, notation),
        make("span", { class: "code" }, codes[notation]),
      ),
    );
    fill(this.card, sample, make("div", { class: "codes" }, rows), this.actions(color));
  }

  actions({ hex, locked }) {
    const { palette } = T;
    const few = this.shown.length < 2;
    const picker = make("input", { type: "color", value: hex, "aria-label": palette.changeTo });
    const hexes = this.hexes;
    picker.addEventListener("input", () => {
      // The browser's chooser closes where its field is replaced.
      this.choosing = true;
      this.studio.preview(hexes.map((each) => (each === hex ? picker.value : each)));
    });
    picker.addEventListener("change", () => {
      this.choosing = false;
      if (picker.value === hex) this.studio.apply(this.studio.entry);
      else this.replace(hex, picker.value);
    });
    const code = make("input", { type: "text", value: hex, "aria-label": palette.code, maxlength: 7, spellcheck: "false", autocomplete: "off" });
    code.addEventListener("change", () => {
      const wanted = codeOf(code.value);
      if (wanted) this.replace(hex, wanted);
      else tell(T.failed.color);
    });
    return make(
      "div",
      { class: "actions" },
      button(locked ? palette.unlock : palette.lock, () => this.lock(hex), { class: "button small", "aria-pressed": locked ? "true" : "false" }),
      button(palette.remove, () => this.edit((look, colors) => looks.without(look, colors, hex)), { class: "button small", disabled: few }),
      button(palette.merge, () => this.startMerging(hex), { class: "button small", disabled: few }),
      make("span", { class: "changer" }, make("span", { class: "note" }, palette.change), picker, code),
    );
  }

  lock(hex) {
    this.chosen = hex;
    this.studio.note(looks.lock(this.studio.entry.look, hex));
  }

  startMerging(hex) {
    this.chosen = hex;
    this.merge(true);
    this.mark();
  }

  replace(hex, wanted) {
    if (hex === wanted) return;
    this.replacing = hex;
    this.edit((look, colors) => looks.replaced(look, colors, hex, wanted), wanted);
  }

  // Choose the palette's color that is nearest to a pixel of the result.
  find(hex) {
    this.chosen = hex;
    this.mark();
    this.showCard();
    tell(T.stage.found(hex, shareText(this.shown.find((color) => color.hex === hex).share)));
  }

  setPicking(on) {
    this.adding.setAttribute("aria-pressed", String(on));
    this.adding.textContent = on ? T.palette.stopAdding : T.palette.add;
    if (on) tell(T.stage.pick);
  }
}

// #rrggbb of what somebody typed; null where it is no color.
function codeOf(text) {
  const digits = text.trim().replace(/^#/, "").toLowerCase();
  if (/^[0-9a-f]{6}$/.test(digits)) return `#${digits}`;
  return /^[0-9a-f]{3}$/.test(digits) ? `#${[...digits].map((digit) => digit + digit).join("")}` : null;
}
