// The server from its single modules, not from the bundle, so that some of them can be replaced.
import { readConfig } from '../dist/read-config.js';

process.env.NODE_ENV ||= 'production';
const { serve } = await import('../dist/cli/serve.js');
await serve(readConfig(process.env, {}));
