// Joins the parts of the page to each other.
import { hexOf } from "../shared/color.js";
import { tell } from "../shared/copy.js";
import { veilOver } from "../shared/picture.js";
import { Pixels } from "../shared/pixels.js";
import { Lost, Refused, ask, onconnection, read } from "./api.js";
import { ColorsPanel } from "./colors-panel.js";
import { button, fill, make, one } from "./elements.js";
import { Entry } from "./entry.js";
import { LookPanel } from "./look-panel.js";
import * as looks from "./look.js";
import { MakePanel } from "./make-panel.js";
import { SavePanel } from "./save-panel.js";
import { ServicePanel } from "./service-panel.js";
import { Recolored } from "./sides.js";
import { T } from "./texts.js";
import { View } from "./view.js";

// Milliseconds that the thumb must rest before the true result is asked for.
const RESTS = 350;
// Milliseconds between two attempts to reach a server that is lost.
const AGAIN = 2000;

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

class Studio {
  constructor(about) {
    Object.assign(this, { about, entries: [], entry: null, picking: false });
    this.buildBar();
    this.view = new View(one("view"), this);
    this.stage = this.view.stage;
    this.buildRail();
    this.buildEmpty();
    this.listen();
    onconnection((connected) => (connected ? this.found() : this.lost()));
    this.showAll();
  }

  buildBar() {
    this.name = make("h1", { id: "name" });
    this.facts = make("p", { class: "facts numbers" });
    this.file = make("input", { id: "file", type: "file", accept: "image/*", multiple: true, class: "hidden", tabindex: -1, "aria-hidden": "true" });
    this.file.addEventListener("change", async () => {
      await this.open(this.file.files);
      this.file.value = "";
    });
    this.undoing = button(T.undo, () => this.travel("undo"), { class: "quiet", title: "Ctrl+Z" });
    this.redoing = button(T.redo, () => this.travel("redo"), { class: "quiet", title: "Shift+Ctrl+Z" });
    this.take = make("a", { class: "button main", id: "take", download: "" }, T.save.take);
    this.acts = make("div", { class: "acts" }, this.undoing, this.redoing, button(T.open, () => this.file.click(), { class: "button" }), this.take);
    fill(one("bar"), make("p", { class: "mark" }, T.title), make("div", { class: "title" }, this.name, this.facts), this.acts, this.file);
  }

  buildRail() {
    const names = ["colors", "look", "save", "make", ...(this.about.service ? ["service"] : [])];
    this.tabs = new Map();
    const list = make("div", { class: "tabs", role: "tablist", "aria-label": T.tabs.region, keydown: (event) => this.moveTab(event) });
    one("rail").append(list);
    one("rail").setAttribute("aria-label", T.tabs.region);
    for (const name of names) {
      const tab = make("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, click: () => this.openTab(name) }, T.tabs[name]);
      const panel = make("div", { class: `panel ${name}`, role: "tabpanel", id: `panel-${name}`, "aria-labelledby": `tab-${name}`, tabindex: -1 });
      list.append(tab);
      one("rail").append(panel);
      this.tabs.set(name, { tab, panel });
    }
    const panel = (name) => this.tabs.get(name).panel;
    this.panels = {
      colors: new ColorsPanel(panel("colors"), this),
      look: new LookPanel(panel("look"), this),
      save: new SavePanel(panel("save"), this),
      make: new MakePanel(panel("make"), this),
    };
    if (this.about.service) this.service = new ServicePanel(panel("service"), this);
    this.openTab("colors");
  }

  openTab(name) {
    this.tab = name;
    for (const [each, { tab, panel }] of this.tabs) {
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
      panel.hidden = each !== name;
    }
    this.service?.show(name === "service");
    if (this.entry) this.panels[name]?.update(this.entry);
  }

  moveTab(event) {
    const names = [...this.tabs.keys()].filter((name) => !this.tabs.get(name).tab.disabled);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const target = { Home: 0, End: names.length - 1 }[event.key] ?? (names.indexOf(this.tab) + step + names.length) % names.length;
    if (!names[target]) return;
    event.preventDefault();
    this.openTab(names[target]);
    this.tabs.get(names[target]).tab.focus();
  }

  buildEmpty() {
    const { empty } = T;
    const samples = this.about.samples.map(({ name, title }) => button(title, () => this.openSample(name), { class: "button small" }));
    this.empty = make(
      "div",
      { class: "empty" },
      make("h1", {}, empty.title),
      make("p", { class: "lead" }, empty.lead),
      make("p", { class: "buttons" }, button(empty.choose, () => this.file.click(), { class: "button main" })),
      make("p", { class: "note" }, `${empty.paste}. ${empty.local}`),
      samples.length > 0 && make("div", { class: "samples" }, make("p", { class: "note" }, empty.samples), make("p", { class: "buttons" }, samples)),
    );
    this.dropping = make("div", { class: "dropping", hidden: true }, make("p", {}));
    this.view.frame.append(this.empty);
    document.body.append(this.dropping);
  }

  listen() {
    document.addEventListener("paste", (event) => this.paste(event));
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("keyup", (event) => event.key === " " && this.held && this.letGo());
    document.addEventListener("dragenter", (event) => this.dragged(event));
    document.addEventListener("dragover", (event) => this.dragged(event));
    document.addEventListener("dragleave", (event) => !event.relatedTarget && (this.dropping.hidden = true));
    document.addEventListener("drop", (event) => this.dropped(event));
    window.addEventListener("blur", () => this.held && this.letGo());
  }

  // What a file that is dropped now would become.
  get target() {
    if (this.tab === "service") return { text: T.empty.upload, take: (files) => this.service.upload(files) };
    if (this.tab === "make" && this.entry) return { text: T.make.drop, take: (files) => this.panels.make.open(files[0]), only: (file) => !file.type.startsWith("image/") };
    return { text: T.empty.drop, take: (files) => this.open(files) };
  }

  dragged(event) {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    const catalog = this.tab === "make" && [...event.dataTransfer.items].every(({ type }) => !type.startsWith("image/"));
    this.dropping.firstElementChild.textContent = this.tab === "make" && !catalog ? T.empty.drop : this.target.text;
    this.dropping.hidden = false;
  }

  dropped(event) {
    // Text that is dropped is for the field under the pointer.
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    this.dropping.hidden = true;
    const files = [...event.dataTransfer.files];
    if (!files.length) return;
    const { take, only } = this.target;
    if (only && !files.every(only)) this.open(files);
    else take(files);
  }

  paste(event) {
    const files = [...event.clipboardData.files];
    if (files.length) this.open(files);
    else if (!event.target.closest("input, textarea")) tell(T.failed.notImage);
  }

  key(event) {
    const typing = event.target.closest("input:not([type=range], [type=radio], [type=checkbox]), textarea, select");
    if ((event.ctrlKey || event.metaKey) && !typing && this.entry) {
      const back = event.key.toLowerCase() === "z" && !event.shiftKey;
      const again = event.key.toLowerCase() === "y" || (event.key.toLowerCase() === "z" && event.shiftKey);
      if (back || again) {
        event.preventDefault();
        this.travel(back ? "undo" : "redo");
      }
      return;
    }
    if (event.key === "Escape") {
      this.pick(false);
      if (this.entry?.shown) this.panels.colors.escape();
      this.problem("");
    }
    if (typing || !this.entry || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && !event.target.closest("button, a, input, summary")) {
      event.preventDefault();
      this.held = true;
      this.view.hold(true);
    }
    if (event.key.toLowerCase() === "l") this.view.magnify(!this.stage.magnifies);
  }

  letGo() {
    this.held = false;
    this.view.hold(this.picking);
  }

  // Do something that may fail, and say so where it does.
  async try(work, name = "") {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Lost)) throw error;
      if (error instanceof Refused && !error.superseded) this.problem(name ? T.failed.many(name, error.message) : error.message);
      return null;
    }
  }

  problem(text, act = null) {
    const close = button(T.close, () => this.problem(""), { class: "quiet" });
    fill(one("problem"), text && make("p", {}, text), text && (act ?? close));
  }

  lost() {
    this.problem(T.failed.lost, button(T.retry, () => this.reach(), { class: "button small" }));
    this.view.busy(null);
    clearTimeout(this.reaching);
    this.reaching = setTimeout(() => this.reach(), AGAIN);
  }

  async reach() {
    clearTimeout(this.reaching);
    try {
      await ask("about");
    } catch (error) {
      if (error instanceof Lost) this.reaching = setTimeout(() => this.reach(), AGAIN);
    }
  }

  found() {
    clearTimeout(this.reaching);
    this.problem("");
    tell(T.failed.back);
    if (this.entry?.original) this.apply(this.entry);
    else if (this.entry) this.select(this.entry);
  }

  async open(files) {
    for (const file of files) {
      this.view.busy(T.steps.send(file.name), 0);
      const entry = await this.try(() => Entry.open(file, (part) => this.view.busy(T.steps.send(file.name), 0.3 * part)), file.name);
      if (entry) this.add(entry);
      else this.view.busy(null);
    }
  }

  async openSample(name) {
    const entry = await this.try(() => Entry.sample(name));
    if (entry) this.add(entry);
  }

  add(entry) {
    this.problem("");
    this.entries.push(entry);
    return this.select(entry);
  }

  async select(entry) {
    this.entry = entry;
    // The page that is loaded again shows the same image.
    window.history.replaceState(null, "", `#${entry.doc.id}`);
    this.pick(false);
    this.showAll();
    if (!entry.original) this.stage.close();
    this.view.busy(T.steps.original, 0.35);
    const original = await this.try(() => entry.showOriginal(this.view.side, () => this.stage.draw()), entry.doc.name);
    if (this.entry !== entry) return;
    if (!original) {
      this.view.busy(null);
      return;
    }
    this.view.frame.style.setProperty("--ratio", entry.doc.width / entry.doc.height);
    this.stage.open(entry.size, original);
    if (entry.shown) this.stage.show(entry.shown.side);
    await this.apply(entry);
  }

  close(entry) {
    this.try(() => ask(entry.path, { method: "DELETE" }));
    const place = this.entries.indexOf(entry);
    this.entries.splice(place, 1);
    if (entry !== this.entry) {
      this.view.showImages(this.entries, this.entry);
      return;
    }
    this.entry = null;
    const next = this.entries[Math.min(place, this.entries.length - 1)];
    this.select(next);
  }

  // Take up another look. `shown` are colors to show until the server has fitted them, `wait` milliseconds to rest
  // before it is asked, and `kind` what belongs together in one step back.
  change(look, { shown = null, wait = 0, kind = null } = {}) {
    const { entry } = this;
    entry.history.push(look, kind);
    this.apply(entry, wait, shown);
  }

  // Take up a look that changes nothing in the picture.
  note(look) {
    this.entry.history.push(look);
    this.refresh();
    this.explore(this.entry, look);
  }

  travel(way) {
    this.entry.history[way]();
    this.apply(this.entry);
  }

  // The slider moved: the browser recolors at once, and the server when the thumb rests.
  slide(k) {
    const { entry } = this;
    const { look } = entry;
    const { sweep, palettes } = entry.curve(look);
    const now = k === sweep?.chosen ? looks.chosen(look) : looks.withNumber(look, k);
    entry.history.push(now, "slider");
    cancelAnimationFrame(this.sliding);
    this.sliding = requestAnimationFrame(() => this.apply(entry, RESTS, palettes.get(k)));
    if (!palettes.has(k)) this.fetchAround(entry, now, k);
  }

  async fetchAround(entry, look, k) {
    await this.try(() => entry.around(look, k));
    const palette = entry.curve(look).palettes.get(k);
    if (palette && entry === this.entry && entry.look === look && !entry.shown.finished) this.preview(palette);
  }

  rest() {
    this.entry.history.rest();
  }

  // Show the picture in these colors, as the browser recolors it.
  preview(palette) {
    const { entry } = this;
    if (!entry?.original || !palette.length) return;
    const side = new Recolored(entry.original, palette, entry.space);
    entry.shown = { finished: false, colors: side.colors(), side };
    this.stage.show(side);
    this.refresh();
  }

  async apply(entry, wait = 0, shown = null) {
    const turn = ++entry.turn;
    const { look } = entry;
    this.showHistory();
    if (this.tab === "look" && entry === this.entry) this.panels.look.update(entry);
    const known = entry.known(look);
    if (known) {
      this.finish(entry, known);
      this.explore(entry, look);
      return;
    }
    const palette = entry.palette(look) ?? shown;
    if (palette && entry === this.entry) this.preview(palette);
    if (wait) await pause(wait);
    if (turn !== entry.turn) return;
    if (entry === this.entry) this.view.busy(entry.shown ? T.steps.recolor : T.steps.result, 0.6);
    const made = await this.try(() => entry.make(look), entry.doc.name);
    if (turn !== entry.turn) return;
    if (entry === this.entry) this.view.busy(null);
    if (!made) return;
    this.finish(entry, made);
    await this.explore(entry, look);
  }

  finish(entry, { result, side }) {
    entry.space = result.space;
    entry.shown = { finished: true, colors: result.palette, side, result };
    if (entry !== this.entry) return;
    this.view.busy(null);
    this.stage.show(side);
    this.refresh();
    setTimeout(() => entry.original?.warm(result.space));
    one("spoken").textContent = T.spoken(result, result.closeness);
  }

  // Find out what every other number of colors would give.
  async explore(entry, look) {
    const goesOn = () => entry === this.entry && entry.curve() === entry.curve(look);
    const curve = await this.try(() => entry.sweep(look));
    if (!curve || !goesOn()) return;
    this.refresh();
    const from = look.colors ?? curve.sweep.chosen;
    await this.try(() => entry.others(look, from, goesOn));
  }

  // Dim all but one color in the picture; null shows all.
  isolate(hex) {
    const { shown, space } = this.entry;
    if (hex === null) {
      this.stage.cover(null);
      return;
    }
    const palette = shown.colors.map((color) => color.hex);
    if (!palette.includes(hex)) return;
    this.veils ??= new WeakMap();
    const dim = veilOver(hex);
    const key = `${hex} ${dim}`;
    if (!this.veils.has(shown)) this.veils.set(shown, new Map());
    const made = this.veils.get(shown);
    if (!made.has(key)) made.set(key, shown.side.veil(palette, hex, space, dim));
    this.stage.cover(made.get(key));
  }

  // A pixel of the picture was clicked: find its color in the palette, or add it.
  async act(x, y) {
    const { entry } = this;
    if (!entry?.shown) return;
    if (this.picking) {
      const color = entry.original.colorAt(x, y);
      this.pick(false);
      if (color[3]) this.panels.colors.add(hexOf(color.slice(0, 3)));
      else tell(T.stage.nothing);
      return;
    }
    const color = entry.shown.side.colorAt(x, y);
    const palette = entry.shown.colors.map(({ hex }) => hex);
    if (!color[3] || !palette.length) {
      tell(T.stage.nothing);
      return;
    }
    const [red, green, blue] = color;
    const pixel = new Pixels(Uint32Array.of((red | (green << 8) | (blue << 16) | (255 << 24)) >>> 0), entry.space);
    this.openTab("colors");
    this.panels.colors.find(palette[pixel.nearest(palette)[0]]);
  }

  // Whether the next click in the picture adds a color of the original.
  pick(on) {
    if (on === this.picking) return;
    this.picking = on;
    document.body.classList.toggle("picking", on);
    this.view.hold(on);
    this.panels.colors.setPicking(on);
    if (on) this.view.canvas.focus({ preventScroll: true });
  }

  showHistory() {
    this.undoing.disabled = !this.entry?.history.canUndo;
    this.redoing.disabled = !this.entry?.history.canRedo;
  }

  refresh() {
    const { entry } = this;
    this.view.update(entry);
    this.panels.colors.update(entry);
    if (this.tab !== "colors") this.panels[this.tab]?.update(entry);
    const { result } = entry.shown ?? {};
    this.take.toggleAttribute("href", Boolean(result));
    if (result) this.take.href = `results/${result.id}/image.png`;
    this.showHistory();
  }

  showAll() {
    const { entry } = this;
    document.body.classList.toggle("without-image", !entry);
    document.title = entry ? `${entry.doc.name} – ${T.title}` : T.title;
    this.name.textContent = entry?.doc.name ?? "";
    this.facts.textContent = entry ? T.facts(entry.doc) : "";
    this.facts.title = (entry?.doc.warnings ?? []).join(" ");
    this.empty.hidden = Boolean(entry);
    for (const [name, { tab }] of this.tabs) tab.disabled = !entry && name !== "service";
    one("rail").hidden = !entry && !this.service;
    if (!entry && this.service) this.openTab("service");
    else if (entry && this.tab === "service" && this.entries.length === 1) this.openTab("colors");
    this.view.showImages(this.entries, entry);
    if (entry) this.refresh();
    else this.showHistory();
  }
}

async function start() {
  const studio = new Studio(await read("about"));
  const loaded = await studio.try(() => read("images"));
  for (const doc of loaded ?? []) studio.entries.push(new Entry(doc));
  const last = studio.entries.find(({ doc }) => `#${doc.id}` === location.hash);
  if (studio.entries.length) studio.select(last ?? studio.entries[0]);
}

start().catch((error) => {
  one("problem").textContent = error.message;
  throw error;
});
