import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import type { Variable } from "../../view/environment.ts";
import { writtenValues } from "../../view/writtenValues.ts";

export const redissCertificate: AuditCheck = {
  id: "data/rediss-certificate",
  severity: "blocks",
  title: "Celery refuses a TLS address that does not say how to check it",
  reason:
    "A `rediss://` result backend without `ssl_cert_reqs` stops Celery at its start: `ValueError: A rediss:// URL must have parameter ssl_cert_reqs`. `required`, `optional` and `none` are understood by " +
    "Celery and by redis-py; the older `CERT_REQUIRED` only by Celery, so that Django's cache fails where the worker runs. `none` checks nothing: anybody in between may answer.",
  sources: [
    "https://github.com/celery/celery/issues/5371",
    "https://github.com/WeblateOrg/weblate/issues/3146",
    "https://docs.celeryq.dev/en/stable/userguide/configuration.html",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  return writtenValues(context, ({ value }) => /^rediss:\/\//.test(value)).flatMap(
    ({ subject, evidence, variable }) => {
      const fault = faultOf(variable);
      return fault === null ? [] : [{ subject, evidence, ...fault }];
    },
  );
}

/** Of a URL in a Secret the query may not have been read: what is not known is asked for, not claimed. */
function faultOf({ name, value, source }: Variable): Pick<Hit, "fix" | "severity"> | null {
  const given = /[?&]ssl_cert_reqs=(\w+)/.exec(value)?.[1];
  if (given === undefined) {
    const fix = `End the URL in ${name} with ?ssl_cert_reqs=required`;
    return source.kind === "Secret" && !value.includes("?")
      ? { fix: `${fix}, if it does not say so already.`, severity: "warns" }
      : { fix: `${fix}.` };
  }
  if (given.startsWith("CERT_")) {
    return { fix: `Write ssl_cert_reqs=${given.slice(5).toLowerCase()} in ${name}.`, severity: "warns" };
  }
  return given === "none" ? { fix: `Write ssl_cert_reqs=required in ${name}.`, severity: "warns" } : null;
}
