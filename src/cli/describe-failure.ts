import { ConfigError } from '../config.js';
import { ParleyError } from '../domain/errors.js';
import { ListenError } from '../listen-error.js';
import { hideCredentials } from '../log.js';

/** Why the server cannot run and what to do about it, in one line for whoever started it. */
export function describeFailure(error: unknown): string {
  if (error instanceof ParleyError || error instanceof ConfigError) return oneLine(error.message);
  const { message = String(error) } = (error ?? {}) as { message?: string };
  if (isWrongUri(error)) return oneLine(`MONGODB_URI cannot be used: ${message}`);
  return (error instanceof ListenError && explain(error)) || oneLine(`cannot start: ${message}`);
}

/** Whether a variable or flag is what is wrong. */
export const isWrongSetting = (error: unknown): boolean => error instanceof ConfigError || isWrongUri(error);

/** What the driver says of an option that it does not know, or of two that do not fit. */
const isWrongUri = (error: unknown): boolean =>
  (error as { name?: unknown } | null | undefined)?.name === 'MongoParseError';

function explain({ code, at: { host, port, prefix } }: ListenError): string | null {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use. Stop what listens there, or choose another ${prefix}PORT.`;
    case 'EACCES':
      return `port ${port} on ${host} needs rights that this user lacks. Choose a ${prefix}PORT above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return `${prefix}HOST ${host} is no address of this machine. 127.0.0.1 and 0.0.0.0 always are.`;
    case 'EAFNOSUPPORT':
      return `${prefix}HOST ${host} is of an address family that this machine does not have.`;
    default:
      return null;
  }
}

/** Without credentials. */
export function oneLine(text: string): string {
  return hideCredentials(text).replace(/\s*\n\s*/g, ' ');
}
