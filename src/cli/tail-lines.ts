import { styleText } from 'node:util';
import { plainText } from './plain-text.js';

export interface TailMessage {
  messageId: number | null;
  position: number;
  role: 'USER' | 'ASSISTANT' | null;
  author: string | null;
  text: string;
  redacted: boolean;
  createdAt: string | null;
  supersedes: { from: number; to: number }[];
  /** Of earlier messages alone: live, whoever supersedes one tells. */
  supersededBy?: number | null;
}

/** The fields of it, as an operation selects them. */
export const MESSAGE = 'messageId position role author text redacted createdAt supersedes { from to }';

/** Also here: who reads the lines in a terminal sees what a program would. */
export function asJson(sessionId: string, agentId: string, message: TailMessage): string {
  return plainText(JSON.stringify({ sessionId, agentId, ...message }));
}

/** `12:30:05 support assistant: Hello`, with what is to be known of it behind. */
export function asLine(agentId: string, message: TailMessage, color: boolean): string {
  return [headOf(agentId, message, color), plainText(message.text), ...marksOf(message)]
    .filter((part) => part !== '')
    .join(' ');
}

function marksOf({ text, redacted, supersedes, supersededBy = null }: TailMessage): string[] {
  const places = supersedes.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`)).join(', ');
  return [
    ...(redacted ? ['(redacted)'] : []),
    ...(places === '' ? [] : [text === '' ? `(takes out ${places})` : `(in place of ${places})`]),
    ...(supersededBy === null ? [] : [`(superseded by ${supersededBy})`]),
  ];
}

/** `12:30:05 support assistant: message 3 was redacted, and now reads: …`: the time is that of the message. */
export function asRedaction(agentId: string, message: TailMessage, color: boolean): string {
  const which = message.messageId ?? `at position ${message.position}`;
  return `${headOf(agentId, message, color)} message ${which} was redacted, and now reads: ${plainText(message.text)}`;
}

/** Who says it, and when. */
export function headOf(
  agentId: string,
  message: Pick<TailMessage, 'role' | 'author' | 'createdAt'>,
  color: boolean,
): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text) : text;
  const time = message.createdAt?.slice(11, 19) ?? '--:--:--';
  const role = plainText(message.author ?? message.role?.toLowerCase() ?? 'unknown');
  const who = paint(message.role === 'ASSISTANT' ? 'green' : 'cyan', `${plainText(agentId)} ${role}`);
  return `${paint('dim', time)} ${who}:`;
}

/** Where a message stands among those of all agents. */
export const placeOf = (agentId: string, { position }: TailMessage) => `${position} ${agentId}`;
