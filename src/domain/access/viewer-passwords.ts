/** The password that opens one session to a viewer, as the Python library makes and keeps it. Apart from the sessions, so that no read of them can show it. */
export interface ViewerPasswords {
  /** Null where there is no such session, or an old one without a password. STORE_UNAVAILABLE. */
  viewerPassword(sessionId: string): Promise<string | null>;
}
