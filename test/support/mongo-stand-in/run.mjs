// Runs main.ts on a Node that cannot strip types. Vite comes with Vitest, so this needs nothing that is not there.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

await runnerImport(fileURLToPath(new URL('./main.ts', import.meta.url)), {
  configFile: false,
  logLevel: 'error',
});
