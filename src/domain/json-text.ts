/**
 * A value that is at hand as JSON, as `JSON.stringify` writes it, a text with its quotes and all: it is put into an answer as it is.
 * Whoever needs the value itself takes it.
 */
export class JsonText<T = string> {
  /** `written`: the JSON, or its UTF-8. */
  constructor(readonly written: string | Buffer) {}

  /** graphql-js asks for it where it makes a String of an object. */
  valueOf(): T {
    return JSON.parse(this.written.toString()) as T;
  }

  toJSON(): T {
    return this.valueOf();
  }
}
