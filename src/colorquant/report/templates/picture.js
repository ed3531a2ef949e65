// A picture that is recolored in the browser, and in which single colors can be found.
import { channelsOf, contrast, hexOf, packed } from "./color.js";
import { Pixels } from "./pixels.js";

// Opacity of what lies over all colors but one, 0 to 255: they can still be made out.
const DIMMED = 234;
// Less contrast than this with the page leaves a color hard to find on it.
const LEAST_CONTRAST = 2;

// What to lay over all other colors, packed: the color of the page, or of its text where a color would be lost on the page.
export function veilOver(hex) {
  const { backgroundColor, color } = getComputedStyle(document.body);
  const [ground, ink] = [backgroundColor, color].map((code) => hexOf(code.match(/\d+/g).slice(0, 3).map(Number)));
  return packed(channelsOf(contrast(hex, ground) < LEAST_CONTRAST ? ink : ground)) | (DIMMED << 24);
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
    this.labels = this.pixels.nearest(palette);
    this.paint.hidden = finished;
    if (!finished) this.pixels.paint(this.paint, palette, this.labels);
    this.isolate(null);
  }

  pixelsOf(image) {
    if (!this.made.has(image)) this.made.set(image, Pixels.of(image, this.width, this.height, this.space));
    return this.made.get(image);
  }

  // The palette's color of the pixel in a place, counted row by row.
  colorOf(at) {
    return this.palette[this.labels[this.pixels.groups[at]]];
  }

  // Part of the visible pixels that has each color.
  shares() {
    return this.pixels.shares(this.labels, this.palette.length);
  }

  // Dim all colors but one; null shows all again.
  isolate(hex) {
    const entry = hex === null ? -1 : this.palette.indexOf(hex);
    this.veil.hidden = entry < 0;
    if (entry < 0) return;
    const dim = veilOver(hex);
    this.pixels.draw(this.veil, (_, group) => (this.labels[group] === entry ? 0 : dim));
  }

  // The palette's color at a place, from 0 to 1 in both directions; null where nothing is visible.
  colorAt(x, y) {
    const column = Math.min(Math.max(Math.floor(x * this.width), 0), this.width - 1);
    const row = Math.min(Math.max(Math.floor(y * this.height), 0), this.height - 1);
    const at = row * this.width + column;
    return this.pixels.values[at] >>> 24 ? this.colorOf(at) : null;
  }
}
