/** Where it was to listen, and with what the names of these settings begin. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly prefix: '' | 'METRICS_';
}

/** It cannot be listened there; `code` is node's. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: string;
  readonly at: ListenAddress;

  constructor(cause: NodeJS.ErrnoException, at: ListenAddress) {
    super(cause.message, { cause });
    this.code = cause.code ?? '';
    this.at = at;
  }
}
