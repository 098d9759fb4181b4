// A picture of a page has few colours: with a palette of 256 its PNG has half the bytes. PNG as in its specification, third edition.
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS = 256;
/** So near to each other, squared, that one stands for the other. */
const ALIKE = 150;

/** The same picture with a palette. Takes 8 bits a channel, not interlaced, as browsers write them; any transparency is left out. */
export function smallPng(png) {
  const { width, height, channels, pixels } = decode(png);
  const seen = new Map();
  for (let at = 0; at < pixels.length; at += channels) {
    const colour = pixels.readUIntBE(at, 3);
    seen.set(colour, (seen.get(colour) ?? 0) + 1);
  }
  const palette = paletteOf([...seen.keys()].sort((a, b) => seen.get(b) - seen.get(a)));
  const indexes = new Map(palette.map((colour, index) => [colour, index]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 1; x <= width; x++, at += channels) {
      const colour = pixels.readUIntBE(at, 3);
      if (!indexes.has(colour)) indexes.set(colour, nearest(palette, colour));
      rows[y * (width + 1) + x] = indexes.get(colour);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3], 8);
  const colours = Buffer.from(palette.flatMap((colour) => channelsOf(colour)));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The most frequent ones that differ, then the most frequent of the rest: a mark that is small keeps its colour. */
function paletteOf(colours) {
  const chosen = [];
  for (const one of colours) {
    if (chosen.length < COLOURS && chosen.every((other) => distance(one, other) > ALIKE)) chosen.push(one);
  }
  const rest = colours.filter((one) => !chosen.includes(one));
  return [...chosen, ...rest].slice(0, COLOURS);
}

function distance(one, other) {
  const others = channelsOf(other);
  return channelsOf(one).reduce((sum, value, index) => sum + (value - others[index]) ** 2, 0);
}

const channelsOf = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];

function nearest(palette, colour) {
  const far = palette.map((one) => distance(one, colour));
  return far.indexOf(Math.min(...far));
}

function decode(png) {
  const data = [];
  let head = null;
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const content = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') head = content;
    if (type === 'IDAT') data.push(content);
    at += length + 12;
  }
  const width = head.readUInt32BE(0);
  const height = head.readUInt32BE(4);
  const channels = head[9] === 6 ? 4 : 3;
  return {
    width,
    height,
    channels,
    pixels: unfilter(inflateSync(Buffer.concat(data)), width * channels, channels),
  };
}

/** Each row was written as differences from what is left of it and above. */
function unfilter(filtered, stride, channels) {
  const height = filtered.length / (stride + 1);
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = filtered[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x < channels ? 0 : pixels[at - channels];
      const above = y === 0 ? 0 : pixels[at - stride];
      const corner = x < channels || y === 0 ? 0 : pixels[at - stride - channels];
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      pixels[at] = filtered[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return pixels;
}

function paeth(left, above, corner) {
  const [a, b, c] = [above - corner, left - corner, left + above - 2 * corner].map(Math.abs);
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

function chunk(type, content) {
  const whole = Buffer.alloc(content.length + 12);
  whole.writeUInt32BE(content.length, 0);
  whole.write(type, 4, 'latin1');
  content.copy(whole, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), content.length + 8);
  return whole;
}
