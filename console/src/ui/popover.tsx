import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface PopoverProps {
  label: ComponentChildren;
  /** Read in place of the label. */
  name?: string;
  class?: string;
  open?: boolean;
  children: (close: () => void) => ComponentChildren;
}

/** A button with a small panel below it. Escape and a click elsewhere close it. */
export function Popover({
  label,
  name,
  class: className = 'button',
  open: atFirst = false,
  children,
}: PopoverProps) {
  const [open, setOpen] = useState(atFirst);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const first = root.current?.querySelector<HTMLElement>(
      '.popover :is(input, select, textarea, button, a)',
    );
    first?.focus();
    const elsewhere = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    const escaped = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener('pointerdown', elsewhere);
    document.addEventListener('keydown', escaped, true);
    return () => {
      document.removeEventListener('pointerdown', elsewhere);
      document.removeEventListener('keydown', escaped, true);
    };
  }, [open]);
  return (
    <div class="popover-root" ref={root}>
      <button
        ref={button}
        type="button"
        class={className}
        aria-label={name}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      {open && <div class="popover">{children(close)}</div>}
    </div>
  );
}
