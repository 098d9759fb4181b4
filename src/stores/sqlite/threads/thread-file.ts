import { fileURLToPath } from 'node:url';

/** The compiled module: Node 20 cannot start a thread from TypeScript, so code that runs from src/ uses dist/. */
export function threadFile(module: string): string {
  return fileURLToPath(new URL(`./${module}.js`, import.meta.url)).replace(
    /([\\/])src([\\/]stores[\\/])/,
    '$1dist$2',
  );
}
