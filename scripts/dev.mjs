// `npm run dev`: node watches the sources and starts this again on every change.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
if (status === 0) await import('../dist/main.js');
