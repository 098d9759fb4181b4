/** Headers and paths come from the caller: what is repeated of them in a message stays short. */
const MAX_LENGTH = 100;

/** A caller's text as it may stand in a message: quoted, escaped and cut. */
export const quoted = (text: string) =>
  JSON.stringify(text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text);
