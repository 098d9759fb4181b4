import { whole } from '../format.js';
import { clip, withoutHalf } from './clip.js';
import { Markdown } from './markdown.js';
import { useOpened } from './opened.js';

const FOLDED = { characters: 3_000, lines: 45 };
/** Longer texts are shown as they are, in steps: laying out a million characters would stop the page. */
const MOST_MARKDOWN = 60_000;
const STEP = 60_000;

/** Something said: Markdown, clipped where it is long, opened in place. */
export function Prose({ id, text }: { id: string; text: string }) {
  const [open, setOpen] = useOpened(`prose:${id}`);
  if (text.length > MOST_MARKDOWN && open) return <LongText id={id} text={text} />;
  const { shown, more } = open ? { shown: text, more: 0 } : clip(text, FOLDED);
  return (
    <div class="prose" dir="auto">
      <Markdown text={shown} />
      {(more > 0 || open) && (
        <button type="button" class="more" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : `Show all, ${whole(more)} more characters`}
        </button>
      )}
    </div>
  );
}

function LongText({ id, text }: { id: string; text: string }) {
  const [second, openSecond] = useOpened(`steps:${id}:2`);
  const [third, openThird] = useOpened(`steps:${id}:3`);
  const end = third ? 4 * STEP : second ? 2 * STEP : STEP;
  const further = third ? null : second ? openThird : openSecond;
  return (
    <div class="prose" dir="auto">
      <pre class="plain">{withoutHalf(text.slice(0, end))}</pre>
      {text.length > end &&
        (further ? (
          <button type="button" class="more" onClick={() => further(true)}>
            Show more, {whole(text.length - end)} characters are left
          </button>
        ) : (
          <p class="faint">{whole(text.length - end)} further characters: copy the message to read them.</p>
        ))}
    </div>
  );
}
