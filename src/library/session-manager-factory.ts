import { badInput, ParleyError } from '../domain/errors.js';
import type { OpenedStore } from '../stores/open-store.js';
import { checkObject, given } from './check-arguments.js';
import { type DatabaseOptions, openDatabase } from './database.js';
import { SessionManager } from './session-manager.js';
import type { SessionOptions } from './session-types.js';

/** The database, and what its sessions have in common. */
export type FactoryOptions = DatabaseOptions & Omit<SessionOptions, 'sessionId'>;

/** Makes managers that share one connection. The database is opened with the first one. */
export class SessionManagerFactory {
  readonly #options: FactoryOptions;
  #opening: Promise<OpenedStore> | null = null;
  #closed: Promise<void> | null = null;

  constructor(options: FactoryOptions) {
    checkObject(options, 'What the factory is made with');
    this.#options = options;
  }

  /** A manager of this session, made or resumed. `overrides` win over what the factory was given. Closing it leaves the others alone. */
  async createSessionManager(
    sessionId: string,
    overrides: Omit<SessionOptions, 'sessionId'> = {},
  ): Promise<SessionManager> {
    const { applicationName, sessionType, metadata, metadataHook, feedbackHook } = this.#options;
    const common = given({ applicationName, sessionType, metadata, metadataHook, feedbackHook });
    return SessionManager.open({ ...common, ...overrides, sessionId, store: await this.#store() });
  }

  /** Closes the connection, unless it was handed in. Safe to call twice; its managers are refused from now on. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      const opened = await this.#opening?.catch(() => null);
      await opened?.close();
    })();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #store(): Promise<OpenedStore> {
    if (this.#closed) throw new ParleyError('STORE_UNAVAILABLE', 'This factory is closed. Make another one.');
    const opening = this.#opening ?? openDatabase(this.#options);
    this.#opening = opening;
    try {
      return await opening;
    } catch (error) {
      // The next one may have more luck.
      if (this.#opening === opening) this.#opening = null;
      throw error;
    }
  }
}

let global: SessionManagerFactory | null = null;

/** The factory of the whole process. BAD_USER_INPUT where there is one: close it first. */
export function initializeGlobalFactory(options: FactoryOptions): SessionManagerFactory {
  if (global)
    throw badInput('There is a global factory. Close it with closeGlobalFactory before another one is made.');
  global = new SessionManagerFactory(options);
  return global;
}

/** BAD_USER_INPUT where there is none. */
export function getGlobalFactory(): SessionManagerFactory {
  if (global) return global;
  throw badInput('There is no global factory. Call initializeGlobalFactory first.');
}

/** Safe to call twice. */
export async function closeGlobalFactory(): Promise<void> {
  const closing = global;
  global = null;
  await closing?.close();
}
