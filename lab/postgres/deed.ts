/** Questions change nothing; whatever else is sent to a server does. */
export function isDeed(sql: string): boolean {
  const start = sql.trimStart().slice(0, 60).toLowerCase();
  if (/^(fetch|begin|set |declare (?!changes))/.test(start)) return false;
  return !/^select/.test(start) || /setval|slot\(|hold\(|close\(|let_go|reopen|terminate/.test(sql);
}
