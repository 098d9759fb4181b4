// For `node --import`: Date is off by as many ms as the file CHAOS_CLOCK_FILE says, which is looked at again and again, in each thread.
import { readFileSync } from 'node:fs';

const RealDate = Date;
let offset = 0;

function look() {
  try {
    offset = Number(readFileSync(process.env.CHAOS_CLOCK_FILE, 'utf8'));
  } catch {
    // Not written yet: the clock is right.
  }
}

look();
setInterval(look, 50).unref();
const now = () => RealDate.now() + offset;

// A proxy and no subclass: what was made before, or comes from another thread, is still an instance of Date.
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, made) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, made === globalThis.Date ? target : made),
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});
