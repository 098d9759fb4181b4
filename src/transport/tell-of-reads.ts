import { IncomingMessage } from 'node:http';

/** Node says only once that a body is read, however much of it waits. */
export function tellOfReads(request: IncomingMessage, taken: () => void): void {
  request.read = (size?: number) => {
    const read: unknown = IncomingMessage.prototype.read.call(request, size);
    taken();
    return read;
  };
}
