/** Files that say how a product is built, configured and deployed; the rest of a checkout is not read. */
export function isRelevant(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (FORBIDDEN.some((pattern) => pattern.test(path)) || LOCK_FILES.has(name)) return false;
  return NAMES.test(name) || SCRIPT_FOLDERS.test(path);
}

/** Secrets live in `.env`; what others wrote is not what the user can change. */
const FORBIDDEN = [/(^|\/)\.env(\.(?!example|sample)[^/]*)?$/, /(^|\/)(node_modules|\.git|\.venv|vendor)\//];

const LOCK_FILES = new Set(["pnpm-lock.yaml", "package-lock.json", "composer.lock"]);

const NAMES = new RegExp(
  [
    /\.(ya?ml|tpl|sh|bash|nft|service|timer|conf|tf|river|alloy)$/.source,
    /^(Dockerfile|Procfile|Makefile|justfile|supervisord\.conf)/.source,
    // Where a Django or Celery product keeps its state, and how its workers run.
    /^(settings\w*|celery\w*|gunicorn\w*|manage)\.py$/.source,
    /^\.env\.(example|sample)$/.source,
  ].join("|"),
);

/** Scripts without an ending. */
const SCRIPT_FOLDERS = /(^|\/)(bin|scripts?|deploy|infra|ops)\/[^/.]+$|(^|\/)settings\/\w+\.py$/;
