// What the stage can show of an image: the original, a result, or the original recolored by the browser.
import { Pixels } from "../shared/pixels.js";
import { picture, query } from "./api.js";

// Pixels to a side of the pieces that are fetched where a preview is not sharp enough.
const TILE = 512;
// Pieces to hold, of 1 MB each.
const MOST_TILES = 80;
// A preview may be magnified so much before pieces are fetched.
const SHARP = 1.15;
// Pixels of the screen for one of a picture from which on pixels are drawn as squares.
const SQUARE = 2;

const probe = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

function pixelOf(source, x, y) {
  probe.clearRect(0, 0, 1, 1);
  probe.drawImage(source, x, y, 1, 1, 0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data];
}

const grouped = new WeakMap();

// The pixels of a bitmap, grouped once for each color space.
function pixelsOf(source, space) {
  if (!grouped.has(source)) grouped.set(source, new Map());
  const spaces = grouped.get(source);
  if (!spaces.has(space)) spaces.set(space, Pixels.of(source, source.width, source.height, space));
  return spaces.get(space);
}

// A canvas as large as a bitmap that covers all of its pixels but those with one label.
function dimmed(pixels, labels, entry, dim, { width, height }) {
  const canvas = new OffscreenCanvas(width, height);
  pixels.draw(canvas, (_, group) => (labels[group] === entry ? 0 : dim));
  return canvas;
}

// The pieces of a picture that have been asked for.
class Tiles {
  constructor(path, size, ready) {
    Object.assign(this, { path, size, ready });
    this.held = new Map();
  }

  at(column, row) {
    const key = `${column},${row}`;
    const known = this.held.get(key);
    if (known === undefined) {
      this.load(key, column * TILE, row * TILE);
      return null;
    }
    // The oldest are forgotten first.
    this.held.delete(key);
    this.held.set(key, known);
    return known;
  }

  async load(key, x, y) {
    this.held.set(key, null);
    const [w, h] = [Math.min(TILE, this.size.width - x), Math.min(TILE, this.size.height - y)];
    try {
      this.held.set(key, await picture(`${this.path}/crop?${query({ x, y, w, h })}`));
    } catch {
      // The preview stays in its place; the next look asks again.
      this.held.delete(key);
      return;
    }
    for (const old of [...this.held.keys()].slice(0, -MOST_TILES)) this.held.delete(old);
    this.ready();
  }
}

class Side {
  constructor(size, base, tiles) {
    Object.assign(this, { size, base, tiles });
  }

  // Draw the picture with its left upper corner and scale as given, in pixels of the canvas.
  paint(context, { left, top, scale }, width, height) {
    const { base, size } = this;
    context.imageSmoothingEnabled = (scale * size.width) / base.width < SQUARE;
    context.imageSmoothingQuality = "medium";
    context.drawImage(base, left, top, size.width * scale, size.height * scale);
    if (!this.tiles || scale * size.width <= SHARP * base.width) return;
    const last = (end) => Math.ceil(end / TILE) - 1;
    const [first, start] = [left, top].map((corner) => Math.max(0, Math.floor(-corner / scale / TILE)));
    const right = Math.min(last(size.width), Math.floor((width - left) / scale / TILE));
    const bottom = Math.min(last(size.height), Math.floor((height - top) / scale / TILE));
    // What does not fit into those that are held would be fetched again and again.
    if ((right - first + 1) * (bottom - start + 1) > MOST_TILES) return;
    context.imageSmoothingEnabled = scale < SQUARE;
    for (let row = start; row <= bottom; row++) {
      for (let column = first; column <= right; column++) this.piece(context, column, row, { left, top, scale });
    }
  }

  piece(context, column, row, { left, top, scale }) {
    const tile = this.tiles.at(column, row);
    if (!tile) return;
    // Whole pixels, so that no seam shows.
    const [x, y] = [Math.round(left + column * TILE * scale), Math.round(top + row * TILE * scale)];
    const right = Math.round(left + (column * TILE + tile.width) * scale);
    const bottom = Math.round(top + (row * TILE + tile.height) * scale);
    context.clearRect(x, y, right - x, bottom - y);
    context.drawImage(tile, x, y, right - x, bottom - y);
  }

  // The color of a pixel of the image, as red, green, blue and opacity.
  colorAt(x, y) {
    const tile = this.tiles?.at(Math.floor(x / TILE), Math.floor(y / TILE));
    if (tile) return pixelOf(tile, x % TILE, y % TILE);
    const part = this.base.width / this.size.width;
    return pixelOf(this.base, Math.min(Math.floor(x * part), this.base.width - 1), Math.min(Math.floor(y * part), this.base.height - 1));
  }
}

// The original or a result, by the address of its previews.
export class Shown extends Side {
  static async load(path, size, side, ready, view) {
    const base = await picture(`${path}/preview?${query({ side })}`, view);
    const whole = base.width >= size.width;
    return new Shown(size, base, whole ? null : new Tiles(path, size, ready));
  }

  // Group the pixels, so that the first move of a slider is as fast as the others.
  warm(space) {
    pixelsOf(this.base, space);
  }

  // Dim all colors of a palette but one: what to lay over the picture.
  veil(palette, hex, space, dim) {
    const pixels = pixelsOf(this.base, space);
    return dimmed(pixels, pixels.nearest(palette), palette.indexOf(hex), dim, this.base);
  }
}

// The original in other colors, until the server has made the true result.
export class Recolored extends Side {
  constructor(original, palette, space) {
    const pixels = pixelsOf(original.base, space);
    const labels = pixels.nearest(palette);
    const base = new OffscreenCanvas(original.base.width, original.base.height);
    pixels.paint(base, palette, labels);
    super(original.size, base, original.tiles && { at: (column, row) => this.tile(column, row) });
    Object.assign(this, { original, palette, space, pixels, labels });
    this.made = new Map();
  }

  tile(column, row) {
    const source = this.original.tiles.at(column, row);
    if (!source) return null;
    if (!this.made.has(source)) {
      const pixels = pixelsOf(source, this.space);
      const canvas = new OffscreenCanvas(source.width, source.height);
      pixels.paint(canvas, this.palette, pixels.nearest(this.palette));
      this.made.set(source, canvas);
    }
    return this.made.get(source);
  }

  // The palette with the share that each color has.
  colors() {
    const shares = this.pixels.shares(this.labels, this.palette.length);
    return this.palette.map((hex, entry) => ({ hex, share: shares[entry] }));
  }

  veil(palette, hex, space, dim) {
    return dimmed(this.pixels, this.labels, palette.indexOf(hex), dim, this.base);
  }
}
