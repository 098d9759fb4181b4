/** Secrets of the server's own, kept in the database so that every instance on it has the same ones. */
export interface SecretStore {
  /** 32 random bytes under this name, made at the first call by any instance. STORE_UNAVAILABLE. */
  secret(name: string): Promise<Uint8Array>;
}
