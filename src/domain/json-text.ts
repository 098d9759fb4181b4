/**
 * A text that is at hand as JSON, quotes and all, as `JSON.stringify` writes it: it is put into an answer as it is. Whoever needs the
 * text itself takes its value.
 */
export class JsonText {
  /** `written`: the JSON, or its UTF-8. */
  constructor(readonly written: string | Buffer) {}

  /** graphql-js asks for it where it makes a String of an object. */
  valueOf(): string {
    return JSON.parse(this.written.toString()) as string;
  }

  toJSON(): string {
    return this.valueOf();
  }
}
