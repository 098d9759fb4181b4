import { Icon } from '../ui/icon.js';
import { Elsewhere } from './elsewhere.js';
import { JsonBlock } from './json-block.js';
import { useOpened } from './opened.js';

type Value = Readonly<Record<string, unknown>>;

/** A block of a kind of its own: a source as a link, anything else folded under the name that its framework gives it. */
export function OtherBlock({ id, value }: { id: string; value: Value }) {
  const [open, setOpen] = useOpened(`other:${id}`);
  const inner = withoutWrap(value);
  const { type, url, title } = inner;
  if (typeof url === 'string' && typeof type === 'string' && type.includes('source')) {
    return (
      <p class="source">
        <Icon name="link" />{' '}
        <Elsewhere href={url}>
          <bdi>{String(title || url).slice(0, 200)}</bdi>
        </Elsewhere>
      </p>
    );
  }
  return (
    <section class="thought">
      <button type="button" class="thought-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="code" /> <bdi>{String(type ?? Object.keys(inner)[0] ?? 'block').slice(0, 60)}</bdi>
        {!open && <bdi class="thought-brief">{brief(inner)}</bdi>}
      </button>
      {open && <JsonBlock id={id} value={inner} />}
    </section>
  );
}

/** Adapters keep what has no block of its own as `{unknown: …}`. */
function withoutWrap(value: Value): Value {
  const { unknown } = value;
  const wraps = Object.keys(value).length === 1 && typeof unknown === 'object' && unknown !== null;
  return wraps ? (unknown as Value) : value;
}

function brief({ type, ...rest }: Value): string {
  return (JSON.stringify(rest) ?? '').slice(0, 140);
}
