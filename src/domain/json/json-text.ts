/**
 * A value that is at hand as JSON, as `JSON.stringify` writes it, a text with its quotes and all: it is put into an answer as it is.
 * Whoever needs the value itself takes it.
 */
export class JsonText<T = string> {
  private json: string | Buffer | null = null;
  private value: T | undefined;
  private write: ((value: T) => string) | null = null;

  /** `written`: the JSON, or its UTF-8. */
  constructor(written: string | Buffer | null) {
    this.json = written;
  }

  /** Of a value that is there: it is written where an answer takes it, and given as it is where a value is asked for. */
  static of<T>(value: T, write: (value: T) => string): JsonText<T> {
    const made = new JsonText<T>(null);
    made.value = value;
    made.write = write;
    return made;
  }

  /** Of a text that JSON writes without an escape. */
  static ofPlain(text: string): JsonText {
    const made = new JsonText(`"${text}"`);
    made.value = text;
    return made;
  }

  get written(): string | Buffer {
    this.json ??= (this.write as (value: T) => string)(this.value as T);
    return this.json;
  }

  /** graphql-js asks for it where it makes a String of an object: under each of a thousand names, and gets one text. */
  valueOf(): T {
    this.value ??= JSON.parse(this.written.toString()) as T;
    return this.value;
  }

  toJSON(): T {
    return this.valueOf();
  }
}
