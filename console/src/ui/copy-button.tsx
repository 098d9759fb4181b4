import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icon.js';

/** Copies what `text` gives, and says so. */
export function CopyButton({ text, label }: { text: () => string | Promise<string>; label: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), 1_500);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(await text());
      setOutcome('copied');
    } catch {
      setOutcome('failed');
    }
  };
  const said = outcome === 'copied' ? 'Copied' : outcome === 'failed' ? 'Could not be copied' : label;
  return (
    <button type="button" class="icon-button" title={said} aria-label={said} onClick={copy}>
      <Icon name={outcome === 'copied' ? 'check' : outcome === 'failed' ? 'warning' : 'copy'} />
    </button>
  );
}
