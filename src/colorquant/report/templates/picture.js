// A picture that is recolored in the browser, and in which single colors can be found.
import { SPACES, channelsOf, contrast, hexOf, packed } from "./color.js";

// Opacity of what lies over all colors but one, 0 to 255: they can still be made out.
const DIMMED = 234;
// Less contrast than this with the page leaves a color hard to find on it.
const LEAST_CONTRAST = 2;

// The color of the page, or of its text where a color would be lost on the page.
function veilOver(hex) {
  const { backgroundColor, color } = getComputedStyle(document.body);
  const [ground, ink] = [backgroundColor, color].map((code) => hexOf(code.match(/\d+/g).slice(0, 3).map(Number)));
  return contrast(hex, ground) < LEAST_CONTRAST ? ink : ground;
}

// The pixels of an image, grouped by color: every palette needs to be compared with each color once only.
class Pixels {
  constructor(image, width, height, space) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    // Mixing pixels that are smaller would make colors that the image does not have.
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 0, 0, width, height);
    this.values = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
    this.group(SPACES[space]);
  }

  group(place) {
    const known = new Int32Array(1 << 24);
    const places = [];
    this.groups = new Uint32Array(this.values.length);
    for (let at = 0; at < this.values.length; at++) {
      const color = this.values[at] & 0xffffff;
      if (!known[color]) {
        places.push(...place([color & 255, (color >> 8) & 255, color >> 16]));
        known[color] = places.length / 3;
      }
      this.groups[at] = known[color] - 1;
    }
    this.places = Float64Array.from(places);
  }

  // Which of the entries is nearest to each group's color, of equally near ones the first.
  nearest(entries) {
    const { places } = this;
    const labels = new Uint8Array(places.length / 3);
    for (let group = 0; group < labels.length; group++) {
      let least = Infinity;
      for (let entry = 0; entry < entries.length / 3; entry++) {
        const dx = places[3 * group] - entries[3 * entry];
        const dy = places[3 * group + 1] - entries[3 * entry + 1];
        const dz = places[3 * group + 2] - entries[3 * entry + 2];
        const distance = dx * dx + dy * dy + dz * dz;
        if (distance < least) {
          least = distance;
          labels[group] = entry;
        }
      }
    }
    return labels;
  }
}

export class Picture {
  // The images must have been loaded. `paint` and `veil` are canvases that lie over them.
  constructor({ before, after, paint, veil, space }) {
    Object.assign(this, { before, after, paint, veil, space });
    [this.width, this.height] = [before.naturalWidth, before.naturalHeight];
    for (const canvas of [paint, veil]) [canvas.width, canvas.height] = [this.width, this.height];
    this.made = new Map();
  }

  // Show the image in these colors. `finished` tells that they are those of the image that was made.
  recolor(palette, finished) {
    this.palette = palette;
    this.pixels = this.pixelsOf(finished ? this.after : this.before);
    this.labels = this.pixels.nearest(Float64Array.from(palette.map(channelsOf).flatMap(SPACES[this.space])));
    this.paint.hidden = finished;
    if (!finished) {
      const colors = Uint32Array.from(palette, (hex) => packed(channelsOf(hex)));
      this.fill(this.paint, (value, label) => colors[label] | (value & 0xff000000));
    }
    this.isolate(null);
  }

  pixelsOf(image) {
    if (!this.made.has(image)) this.made.set(image, new Pixels(image, this.width, this.height, this.space));
    return this.made.get(image);
  }

  fill(canvas, colorOf) {
    const context = canvas.getContext("2d");
    const drawn = context.createImageData(this.width, this.height);
    const out = new Uint32Array(drawn.data.buffer);
    const { values, groups } = this.pixels;
    for (let at = 0; at < out.length; at++) {
      if (values[at] >>> 24) out[at] = colorOf(values[at], this.labels[groups[at]]);
    }
    context.putImageData(drawn, 0, 0);
  }

  // The palette's color of the pixel in a place, counted row by row.
  colorOf(at) {
    return this.palette[this.labels[this.pixels.groups[at]]];
  }

  // Part of the visible pixels that has each color.
  shares() {
    const counts = new Float64Array(this.palette.length);
    const { values, groups } = this.pixels;
    for (let at = 0; at < values.length; at++) if (values[at] >>> 24) counts[this.labels[groups[at]]] += 1;
    const all = counts.reduce((sum, count) => sum + count, 0);
    return [...counts].map((count) => count / (all || 1));
  }

  // Dim all colors but one; null shows all again.
  isolate(hex) {
    const entry = hex === null ? -1 : this.palette.indexOf(hex);
    this.veil.hidden = entry < 0;
    if (entry < 0) return;
    const dim = packed(channelsOf(veilOver(hex))) | (DIMMED << 24);
    this.fill(this.veil, (_, label) => (label === entry ? 0 : dim));
  }

  // The palette's color at a place, from 0 to 1 in both directions; null where nothing is visible.
  colorAt(x, y) {
    const column = Math.min(Math.max(Math.floor(x * this.width), 0), this.width - 1);
    const row = Math.min(Math.max(Math.floor(y * this.height), 0), this.height - 1);
    const at = row * this.width + column;
    return this.pixels.values[at] >>> 24 ? this.colorOf(at) : null;
  }
}
