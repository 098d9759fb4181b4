import { beforeEach, onTestFinished } from 'vitest';
import { makeTempFolder } from './temp-folder.js';

/** A new folder for each test of a file, which goes with what the test started in it. */
export function folderPerTest(): { readonly path: string } {
  let path = '';
  beforeEach(async () => {
    const folder = await makeTempFolder();
    path = folder.path;
    // Called last: what is registered later is called earlier.
    onTestFinished(() => folder.remove());
  });
  return {
    get path() {
      return path;
    },
  };
}
