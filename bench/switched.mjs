// `node --import` this: what the server does to observe itself can be taken out and put back while it runs. Asked over IPC
// {switch: 'tracing' | 'metrics', on}, it answers once that is so; asked 'cpu', with the processor time that it has used, in µs.
import { register } from 'node:module';
import './report-cpu.mjs';

const on = { tracing: true, metrics: true };
globalThis.benchSwitches = on;

process.on('message', (question) => {
  if (question?.switch === undefined) return;
  on[question.switch] = question.on;
  process.send({ answer: true });
});

/** In place of a module of dist/observe/, what `?real` is that module. */
const INSTEAD = {
  'tracing.js': `import * as real from './tracing.js?real';
const on = globalThis.benchSwitches;
const none = {
  request: (_carrier, run) => run(),
  operation() {},
  command: (_command, _input, run) => run(),
  event: (_event, run) => run(),
};
export function createTracing(...given) {
  const tracing = real.createTracing(...given);
  const now = () => (on.tracing ? tracing : none);
  return {
    request: (carrier, run) => now().request(carrier, run),
    operation: (ended) => now().operation(ended),
    command: (command, input, run) => now().command(command, input, run),
    event: (event, run) => now().event(event, run),
  };
}`,
  'metrics.js': `import * as real from './metrics.js?real';
const on = globalThis.benchSwitches;
export function createMetrics(...given) {
  const metrics = real.createMetrics(...given);
  return {
    ...metrics,
    operation: (end) => on.metrics && metrics.operation(end),
    eventDelay: (seconds) => on.metrics && metrics.eventDelay(seconds),
  };
}`,
  'observed-store.js': `import * as real from './observed-store.js?real';
import { around } from '../domain/around.js';
const on = globalThis.benchSwitches;
const switched = (store, observed) => around(store, (call, name) => (...given) =>
  on.metrics ? observed[name](...given) : call(...given));
export const observedStore = (store, observe) => switched(store, real.observedStore(store, observe));
export const observedReplies = (store, observe) => switched(store, real.observedReplies(store, observe));`,
};

const LOADER = `const INSTEAD = ${JSON.stringify(INSTEAD)};
export async function load(url, context, next) {
  const [, name] = /\\/dist\\/observe\\/([^/?]+)$/.exec(url) ?? [];
  if (!Object.hasOwn(INSTEAD, name)) return next(url, context);
  return { format: 'module', shortCircuit: true, source: INSTEAD[name] };
}`;

register(`data:text/javascript,${encodeURIComponent(LOADER)}`);
