import { createContext } from 'preact';
import { useContext, useState } from 'preact/hooks';

/** What the reader has opened, by key: it stays open when it is scrolled out of sight and back. */
export const Opened = createContext<Map<string, boolean>>(new Map());

export function useOpened(key: string, atFirst = false): [boolean, (open: boolean) => void] {
  const opened = useContext(Opened);
  const [, redraw] = useState({});
  return [
    opened.get(key) ?? atFirst,
    (open) => {
      opened.set(key, open);
      redraw({});
    },
  ];
}
