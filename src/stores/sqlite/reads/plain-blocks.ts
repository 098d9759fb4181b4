import type { JsonObject, JsonValue } from '../../../domain/json/json-value.js';

/** Of longer content every text is a copy of its own: as a part of it, each would keep all of it. */
const LONGEST = 8 * 1024;

/**
 * The blocks of a message's content as `JSON.parse` gives them, where all are written as Strands and replies write them; null for any
 * other, and where the content is long. A SyntaxError where that would throw one. `json`: JSON without escapes, so that a text ends at
 * the next quote: to go through the texts takes most of the time that parsing does.
 */
export const plainBlocks = (json: string): JsonObject[] | null =>
  json.length > LONGEST ? null : new Blocks(json).all();

/** A class: it goes on where it was. */
class Blocks {
  private at = 0;

  constructor(private readonly json: string) {}

  all(): JsonObject[] | null {
    const blocks = this.list(() => this.block());
    return this.at === this.json.length ? blocks : null;
  }

  /** Whether this stands next, and goes on behind it. */
  private is(written: string): boolean {
    if (!this.json.startsWith(written, this.at)) return false;
    this.at += written.length;
    return true;
  }

  /** The text whose first quote is behind. */
  private text(): string {
    const end = this.json.indexOf('"', this.at);
    const text = this.json.slice(this.at, end);
    this.at = end + 1;
    return text;
  }

  /** Null where one of them is. */
  private list<T>(one: () => T | null): T[] | null {
    if (!this.is('[')) return null;
    const all: T[] = [];
    if (this.is(']')) return all;
    do {
      const next = one();
      if (next === null) return null;
      all.push(next);
    } while (this.is(','));
    return this.is(']') ? all : null;
  }

  private block(): JsonObject | null {
    if (this.is('{"text":"')) return this.ended('}', { text: this.text() });
    if (this.is('{"toolUse":{"toolUseId":"')) return this.toolUse(this.text());
    if (this.is('{"toolResult":{"toolUseId":"')) return this.toolResult(this.text());
    if (this.is('{"reasoningContent":{"reasoningText":{"text":"')) return this.reasoning(this.text());
    if (this.is('{"image":{"format":"')) return this.image(this.text());
    if (this.is('{"document":{"format":"')) return this.document(this.text());
    if (this.is('{"citationsContent":{"content":')) return this.citations();
    if (this.is('{"cachePoint":{"type":"')) return this.ended('}}', { cachePoint: { type: this.text() } });
    return null;
  }

  private ended(end: string, block: JsonObject): JsonObject | null {
    return this.is(end) ? block : null;
  }

  private toolUse(toolUseId: string): JsonObject | null {
    if (!this.is(',"name":"')) return null;
    const name = this.text();
    if (!this.is(',"input":')) return null;
    const input = this.value();
    return input && this.ended('}}', { toolUse: { toolUseId, name, input } });
  }

  private toolResult(toolUseId: string): JsonObject | null {
    if (!this.is(',"status":"')) return null;
    const status = this.text();
    const content = this.is(',"content":') ? this.parts() : null;
    return content && this.ended('}}', { toolResult: { toolUseId, status, content } });
  }

  private reasoning(text: string): JsonObject | null {
    const reasoningText = this.is(',"signature":"') ? { text, signature: this.text() } : { text };
    return this.ended('}}}', { reasoningContent: { reasoningText } });
  }

  private image(format: string): JsonObject | null {
    if (!this.is(',"source":{"bytes":"')) return null;
    return this.ended('}}}', { image: { format, source: { bytes: this.text() } } });
  }

  private document(format: string): JsonObject | null {
    if (!this.is(',"name":"')) return null;
    const name = this.text();
    if (!this.is(',"source":{"bytes":"')) return null;
    return this.ended('}}}', { document: { format, name, source: { bytes: this.text() } } });
  }

  private citations(): JsonObject | null {
    const content = this.parts();
    if (!content || !this.is(',"citations":')) return null;
    const citations = this.list(() => this.value());
    return citations && this.ended('}}', { citationsContent: { content, citations } });
  }

  /** Those of what a tool gave, and of cited texts: most are texts. */
  private parts(): JsonValue[] | null {
    return this.list(() => {
      if (!this.is('{"text":"')) return this.value();
      return this.ended('}', { text: this.text() });
    });
  }

  /** An object or a list of any kind; null where something else is next. */
  private value(): JsonObject | JsonValue[] | null {
    const { json, at } = this;
    let depth = 0;
    for (let next = at; next < json.length; next++) {
      const code = json.charCodeAt(next);
      if (code === QUOTE) {
        next = json.indexOf('"', next + 1);
        if (depth === 0 || next === -1) return null;
      } else if (code === OPEN_OBJECT || code === OPEN_LIST) depth++;
      else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
        if (--depth > 0) continue;
        this.at = next + 1;
        return JSON.parse(json.slice(at, next + 1)) as JsonObject | JsonValue[];
      } else if (depth === 0) return null;
    }
    return null;
  }
}

const QUOTE = 0x22;
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
