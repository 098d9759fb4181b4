import { useLocation } from 'preact-iso/router';

/** A choice that stands in the address, where it is not the usual one. */
export function useSwitch(name: string, usual: boolean): [boolean, (on: boolean) => void] {
  const { query, path, route } = useLocation();
  const given = query[name];
  const on = given === undefined ? usual : given === '1';
  return [
    on,
    (next) => {
      const search = new URLSearchParams(query);
      if (next === usual) search.delete(name);
      else search.set(name, next ? '1' : '0');
      route(`${path}?${search}${location.hash}`, true);
    },
  ];
}
