import { useEffect } from 'preact/hooks';

const NAME = 'Parley';

/** What a tab of the browser, and its history, call this page. */
export function usePageTitle(title: string | null): void {
  useEffect(() => {
    document.title = title === null ? NAME : `${title} · ${NAME}`;
    return () => {
      document.title = NAME;
    };
  }, [title]);
}
