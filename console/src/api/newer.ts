const RELOADED = 'parley.reloaded';

/** The script that a page begins with: its name tells what it is. */
const own = () => document.querySelector('script[src]')?.getAttribute('src') ?? '';

/** Whether the server has another page than the one that runs here; null where it is not reached. */
export async function isNewerThere(): Promise<boolean | null> {
  try {
    const response = await fetch(location.pathname, { cache: 'no-cache' });
    return response.ok ? !(await response.text()).includes(own()) : null;
  } catch {
    return null;
  }
}

/**
 * For a page of which a part could not be fetched: where the server has a newer one, loads it where one is, and is true. Once for each page:
 * behind a balancer the same one may come again.
 */
export async function reloadIfNewer(): Promise<boolean> {
  if (!(await isNewerThere()) || sessionStorage.getItem(RELOADED) === own()) return false;
  sessionStorage.setItem(RELOADED, own());
  location.reload();
  return true;
}
