// An image that is open: what was asked of it, and what the server has answered.
import { post, read, send, query, Refused } from "./api.js";
import { History } from "./history.js";
import { FRESH, curveOf } from "./look.js";
import { Shown } from "./sides.js";

// Results and curves to hold for going back to.
const MOST_HELD = 16;
// Palettes to ask for at a time in the background.
const CHUNK = 8;
// Palettes to either side of a number that is asked for.
const AROUND = 2;

function forget(map) {
  for (const old of [...map.keys()].slice(0, -MOST_HELD)) map.delete(old);
}

export class Entry {
  constructor(doc, file = null) {
    Object.assign(this, { doc, file, original: null, shown: null, space: "oklab", turn: 0 });
    this.history = new History(FRESH);
    this.curves = new Map();
    this.results = new Map();
  }

  static async open(file, onprogress) {
    return new Entry(await send(`images?${query({ name: file.name })}`, file, onprogress), file);
  }

  static async sample(name) {
    return new Entry(await read(`images?${query({ sample: name })}`, { method: "POST" }));
  }

  get look() {
    return this.history.look;
  }

  get path() {
    return `images/${this.doc.id}`;
  }

  // Photographs may be smoothed where they are magnified a little; drawings stay sharp.
  get size() {
    return { width: this.doc.width, height: this.doc.height, smooth: this.doc.distinct_colors > 4096 };
  }

  async showOriginal(side, ready) {
    this.side = side;
    this.ready = ready;
    this.original ??= await this.alive(() => Shown.load(this.path, this.size, side, ready, "original"));
    return this.original;
  }

  // The server forgets images when memory runs short: it then gets the file again.
  async alive(work) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404 || !this.file) throw error;
      this.doc = await send(`images?${query({ name: this.file.name })}`, this.file, () => {});
      this.results.clear();
      if (this.original?.tiles) this.original.tiles.path = this.path;
      return work();
    }
  }

  curve(look = this.look) {
    const key = JSON.stringify(curveOf(look));
    if (!this.curves.has(key)) this.curves.set(key, { sweep: null, palettes: new Map(), asked: new Set() });
    forget(this.curves);
    return this.curves.get(key);
  }

  // The palette that a look names or that has been fetched for it; null where only the server knows.
  palette(look = this.look) {
    return look.palette ?? (look.colors && this.curve(look).palettes.get(look.colors)) ?? null;
  }

  async sweep(look) {
    const curve = this.curve(look);
    if (curve.sweep) return curve;
    const sent = { ...curveOf(look), colors: null };
    curve.sweep = await this.alive(() => post(`${this.path}/sweep`, sent, "curve"));
    for (const [number, palette] of Object.entries(curve.sweep.palettes ?? {})) {
      curve.palettes.set(number === "chosen" ? curve.sweep.chosen : Number(number), palette);
    }
    return curve;
  }

  async palettes(look, numbers, view) {
    const curve = this.curve(look);
    const missing = numbers.filter((k) => !curve.palettes.has(k) && !curve.asked.has(k));
    if (!missing.length) return;
    for (const k of missing) curve.asked.add(k);
    try {
      const found = await this.alive(() => post(`${this.path}/palettes`, { look: { ...curveOf(look), colors: null }, numbers: missing }, view));
      for (const [k, palette] of Object.entries(found)) curve.palettes.set(Number(k), palette);
    } finally {
      for (const k of missing) curve.asked.delete(k);
    }
  }

  // The palette of a number of colors and its neighbors, as soon as can be.
  around(look, k) {
    const numbers = this.curve(look).sweep?.numbers ?? [k];
    return this.palettes(look, numbers.filter((each) => Math.abs(each - k) <= AROUND), "slider");
  }

  // All other palettes, the nearest to a number first, as long as nobody has gone on to something else.
  async others(look, from, goesOn) {
    const curve = this.curve(look);
    if (curve.fetching) return;
    curve.fetching = true;
    const { sweep } = curve;
    const order = [...sweep.numbers].sort((one, other) => Math.abs(one - from) - Math.abs(other - from));
    try {
      for (let at = 0; at < order.length && goesOn(); at += CHUNK) await this.palettes(look, order.slice(at, at + CHUNK), "background");
    } finally {
      curve.fetching = false;
    }
  }

  // What the server is asked: the colors themselves where they are known, so that the shown command gives them.
  request(look) {
    const { settings, colors, keep, catalog } = look;
    const palette = look.palette ?? (keep.length || catalog ? null : this.palette(look));
    if (palette) return { settings: { color_space: this.curve(look).sweep?.space ?? this.space, ...settings }, palette };
    return { settings, colors, keep, catalog: catalog?.id ?? null };
  }

  known(look) {
    return this.results.get(JSON.stringify(this.request(look)));
  }

  // Make the result of a look, and load what is shown of it.
  async make(look) {
    const sent = this.request(look);
    const result = await this.alive(() => post(`${this.path}/results`, sent));
    const side = await Shown.load(`results/${result.id}`, this.size, this.side, this.ready, "result");
    const made = { result, side };
    this.results.set(JSON.stringify(sent), made);
    forget(this.results);
    return made;
  }
}
