const TOKEN = 'session-token ';
const OF = ' of ';

/** The word for a session token that another caller had made. No id of one has a space in it. */
export const madeBy = (tokenId: string, maker: string): string => `${TOKEN}${tokenId}${OF}${maker}`;

/**
 * Whose share something counts as: a caller's own, and of a session token that of who had it made. A caller may make any number of
 * tokens, and has no more by them.
 */
export function makerOf(caller: string): string {
  const at = caller.startsWith(TOKEN) ? caller.indexOf(OF) : -1;
  return at === -1 ? caller : caller.slice(at + OF.length);
}

/**
 * Whether a caller may have so much more of its share: a session token what the others of its maker leave of it, which is half of it
 * where it is alone, so that something is left for the next. `own`: what it has; `ofMaker`: what all of its maker have.
 */
export const hasRoom = (
  caller: string,
  { own, ofMaker, more, limit }: { own: number; ofMaker: number; more: number; limit: number },
): boolean => ofMaker + more <= limit && (makerOf(caller) === caller || own + more <= limit - ofMaker);
