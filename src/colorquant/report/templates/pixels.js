// Pixels that can be given other colors.
import { SPACES, channelsOf, packed } from "./color.js";

// Which group a color has, by its number; cleared after each use, since making so large a table takes longer.
let known = null;

// Pixels, packed as canvases hold them, grouped by color: every palette needs to be compared with each color once only.
export class Pixels {
  constructor(values, space) {
    this.values = values;
    this.space = SPACES[space];
    known ??= new Int32Array(1 << 24);
    const colors = [];
    this.groups = new Uint32Array(values.length);
    for (let at = 0; at < values.length; at++) {
      const color = values[at] & 0xffffff;
      if (!known[color]) known[color] = colors.push(color);
      this.groups[at] = known[color] - 1;
    }
    for (const color of colors) known[color] = 0;
    this.places = new Float64Array(3 * colors.length);
    colors.forEach((color, group) => this.places.set(this.space([color & 255, (color >> 8) & 255, color >> 16]), 3 * group));
  }

  // Those of an image or a canvas, at this size.
  static of(image, width, height, space) {
    const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { willReadFrequently: true });
    // Mixing pixels that are smaller would make colors that the image does not have.
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 0, 0, width, height);
    return new Pixels(new Uint32Array(context.getImageData(0, 0, width, height).data.buffer), space);
  }

  // The entry of the palette that is nearest to each group's color, of equally near ones the first.
  nearest(palette) {
    const entries = Float64Array.from(palette.map(channelsOf).flatMap(this.space));
    const { places } = this;
    const labels = new Uint8Array(places.length / 3);
    for (let group = 0; group < labels.length; group++) {
      const [x, y, z] = [places[3 * group], places[3 * group + 1], places[3 * group + 2]];
      let least = Infinity;
      for (let at = 0; at < entries.length; at += 3) {
        const dx = x - entries[at];
        const dy = y - entries[at + 1];
        const dz = z - entries[at + 2];
        const distance = dx * dx + dy * dy + dz * dz;
        if (distance < least) {
          least = distance;
          labels[group] = at / 3;
        }
      }
    }
    return labels;
  }

  // Draw what a function makes of each visible pixel and its group.
  draw(canvas, colorOf) {
    const context = canvas.getContext("2d");
    const drawn = context.createImageData(canvas.width, canvas.height);
    const out = new Uint32Array(drawn.data.buffer);
    const { values, groups } = this;
    for (let at = 0; at < out.length; at++) {
      if (values[at] >>> 24) out[at] = colorOf(values[at], groups[at]);
    }
    context.putImageData(drawn, 0, 0);
  }

  // Draw the pixels in the colors of a palette, by the labels of their groups.
  paint(canvas, palette, labels) {
    const colors = Uint32Array.from(palette, (hex) => packed(channelsOf(hex)));
    this.draw(canvas, (value, group) => colors[labels[group]] | (value & 0xff000000));
  }

  // Part of the visible pixels that has each of so many labels.
  shares(labels, entries) {
    const counts = new Float64Array(entries);
    const { values, groups } = this;
    for (let at = 0; at < values.length; at++) if (values[at] >>> 24) counts[labels[groups[at]]] += 1;
    const all = counts.reduce((sum, count) => sum + count, 0);
    return [...counts].map((count) => count / (all || 1));
  }
}
