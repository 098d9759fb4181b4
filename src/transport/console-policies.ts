const policyOf = (...rules: string[]) =>
  ["default-src 'none'", ...rules, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join(
    '; ',
  );

/**
 * What the console's pages may do: run its own scripts and styles, ask this server, show the images and sounds that it has made
 * of a message's bytes. No text becomes markup or code, and nothing is loaded from elsewhere.
 */
export const CONSOLE_POLICY = policyOf(
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  'media-src blob:',
  "connect-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
);

/** GraphiQL's editor writes styles into the page and works in workers of its own; it runs no text as code either. */
export const GRAPHIQL_POLICY = policyOf(
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "worker-src 'self'",
  "connect-src 'self'",
);
