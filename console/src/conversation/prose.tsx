import { useState } from 'preact/hooks';
import { whole } from '../format.js';
import { clip, withoutHalf } from './clip.js';
import { Markdown } from './markdown.js';
import { useOpened } from './opened.js';

const FOLDED = { characters: 3_000, lines: 45 };
/** Longer texts are shown as they are, in steps: laying out a million characters would stop the page. */
const MOST_MARKDOWN = 60_000;
const STEP = 60_000;

interface ProseProps {
  id: string;
  text: string;
  /** While more of it comes, all of it is shown; and what a reader has seen whole stays whole. */
  growing?: boolean;
}

/** Something said: Markdown, clipped where it is long, opened in place. */
export function Prose({ id, text, growing = false }: ProseProps) {
  const [grewHere] = useState(growing);
  const [open, setOpen] = useOpened(`prose:${id}`, grewHere);
  if (text.length > MOST_MARKDOWN && growing) return <Tail text={text} />;
  if (text.length > MOST_MARKDOWN && open) return <LongText id={id} text={text} />;
  const { shown, more } = clip(text, FOLDED);
  return (
    <div class="prose" dir="auto">
      <Markdown text={open ? text : shown} />
      {more > 0 && !growing && (
        <button type="button" class="more" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : `Show all, ${whole(more)} more characters`}
        </button>
      )}
    </div>
  );
}

/** The newest of something very long that grows. */
function Tail({ text }: { text: string }) {
  return (
    <div class="prose" dir="auto">
      <p class="faint">{whole(text.length - STEP)} characters came before.</p>
      <pre class="plain">{text.slice(-STEP).replace(/^[\uDC00-\uDFFF]/, '')}</pre>
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
