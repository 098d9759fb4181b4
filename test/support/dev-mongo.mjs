// `npm run dev:mongo`: a server on a MongoDB stand-in, for trying things where there is no MongoDB. Nothing is kept.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const children = [];
let stopping = false;

function run(args, env, stdio) {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio });
  children.push(child);
  child.on('exit', (code) => stop(code ?? 0));
  return child;
}

function stop(code) {
  if (stopping) return;
  stopping = true;
  process.exitCode = code;
  // The server first: it says goodbye to its subscribers while its database is there.
  for (const child of children.reverse()) child.kill('SIGTERM');
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop(0));

// PORT is the server's.
const standIn = run([path('./mongo-stand-in/run.mjs')], { PORT: '0' }, ['ignore', 'pipe', 'inherit']);
let printed = '';
standIn.stdout.on('data', (data) => {
  const known = printed.includes('mongodb://');
  printed += data;
  const uri = /mongodb:\/\/\S+/.exec(printed)?.[0];
  if (known || !uri) return;
  console.log(`MongoDB stand-in: ${uri}`);
  run([path('../../dist/main.js'), 'serve'], { MONGODB_URI: uri }, 'inherit');
});
