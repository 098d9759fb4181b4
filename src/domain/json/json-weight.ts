import type { Steps } from '../async/in-slices.js';
import { closingQuote, closingQuoteSteps, codeAt, type JsonSource, QUOTE_STEP } from './json-source.js';

/** What each costs when it is parsed, in bytes of memory, about, as V8 keeps it on 64 bits; the text itself apart. */
const OBJECT = 56;
const LIST = 48;
const VALUE = 8;
/** An object with more members than this is a table of hashes to V8, and each further one takes time as so many bytes do. */
const WIDE_OBJECT = 1_000;
const WIDE_MEMBER = 300;
/** Characters that one step goes through, about. */
const STEP = 64 * 1024;

/** Of what one request may hold: no more than one operation may read by default, so that what was written can be read. */
export const MAX_JSON_WEIGHT = 32 * 1024 * 1024;

export interface WeightOptions {
  limit?: number;
  inTexts?: boolean;
}

/**
 * What a text of JSON takes in memory beside its bytes when it is parsed, and what it costs to go through: eight megabytes of
 * brackets are a quarter of a gigabyte, and take seconds. Found at the cost of a look at it. Above `limit` it may be less than
 * that. `inTexts`: what stands within its strings counts too, because it is JSON itself.
 */
export function jsonWeight(json: JsonSource, options: WeightOptions = {}): number {
  const scales = new Scales(json, options);
  scales.weighUpTo(json.length);
  return scales.weight;
}

/** The same in steps, for what is to be no more than `MAX_JSON_WEIGHT`. */
export function* weightSteps(json: JsonSource): Steps<number> {
  const scales = new Scales(json, { limit: MAX_JSON_WEIGHT });
  for (let end = STEP; !scales.weighUpTo(end); end = scales.at + STEP) yield;
  return scales.weight;
}

/** A class: it goes on where it was. */
class Scales {
  weight = 0;
  at = 0;
  private readonly limit: number;
  private readonly inTexts: boolean;
  /** Members so far of the objects that are open. */
  private readonly open: number[] = [];
  /** The way to the end of a text that is long. */
  private text: Steps<number> | null = null;

  constructor(
    private readonly json: JsonSource,
    { limit = Number.POSITIVE_INFINITY, inTexts = false }: WeightOptions,
  ) {
    this.limit = limit;
    this.inTexts = inTexts;
  }

  /** Whether it is at the end: of the text, or of what it may weigh. */
  weighUpTo(end: number): boolean {
    const { json, limit, inTexts, open } = this;
    const until = Math.min(end, json.length);
    if (this.text && !this.isBehindText(this.text, until)) return false;
    let { at, weight } = this;
    for (; at < until && weight <= limit; at++) {
      switch (codeAt(json, at)) {
        case QUOTE:
          if (!inTexts) {
            const quote = closingQuote(json, at, at + QUOTE_STEP);
            if (quote === -1) {
              this.text = closingQuoteSteps(json, at);
              this.at = at;
              this.weight = weight;
              return this.weighUpTo(end);
            }
            at = quote;
          }
          break;
        case OPEN_OBJECT:
          open.push(0);
          weight += OBJECT;
          break;
        case CLOSE_OBJECT:
          open.pop();
          break;
        case COLON: {
          const members = (open.pop() ?? 0) + 1;
          open.push(members);
          weight += members > WIDE_OBJECT ? WIDE_MEMBER : VALUE;
          break;
        }
        case OPEN_LIST:
          weight += LIST;
          break;
        case COMMA:
          weight += VALUE;
          break;
      }
    }
    this.at = at;
    this.weight = weight;
    return at >= json.length || weight > limit;
  }

  /** Goes on in the text, one step of it at the least; false where it goes on behind `until`. */
  private isBehindText(text: Steps<number>, until: number): boolean {
    do {
      const { done, value: quote } = text.next();
      if (done) {
        this.text = null;
        this.at = quote === -1 ? this.json.length : quote + 1;
        return true;
      }
      this.at += QUOTE_STEP;
    } while (this.at < until);
    return false;
  }
}

const [QUOTE, COMMA, COLON] = [0x22, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST] = [0x7b, 0x7d, 0x5b];
