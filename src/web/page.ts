import { type Html, html } from "./html.ts";
import { STYLE } from "./style.ts";

/** A whole page that needs nothing else and may load nothing else. */
export function document(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title><style>${STYLE}</style></head>
<body>${body}</body></html>
`.markup;
}
