import assert from "node:assert/strict";
import { test } from "node:test";
import { aroundActions, isTranslationOf, translation } from "./templateText.ts";

const OLD = "postgres://glaze:p%40ss@glaze-postgres:5432/glaze";
const NEW = "postgres://glaze:p%40ss@private-db.example:25060/glaze?sslmode=require";

test("a value is replaced behind its password, and the password is no part of it", () => {
  const step = '| replace "@glaze-postgres:5432/glaze" "@private-db.example:25060/glaze?sslmode=require" }}';
  assert.equal(translation("DATABASE_URL", "", OLD, NEW), `{{ .DATABASE_URL ${step}`);
  assert.equal(translation("DATABASE_URL", "{{ .url | trim }}", OLD, NEW), `{{ .url | trim ${step}`);
  assert.equal(translation("db-url", "", OLD, NEW), `{{ index . "db-url" ${step}`);
  const done = `{{ .DATABASE_URL ${step}`;
  assert.equal(translation("DATABASE_URL", done, OLD, NEW), done, "once");
  assert.equal(
    translation("PGHOST", "", "glaze-postgres", "private-db.example"),
    '{{ .PGHOST | replace "glaze-postgres" "private-db.example" }}',
  );
});

test("what might carry a secret along, or is more than one value, is not translated", () => {
  assert.equal(
    translation("U", "", "postgres://old/glaze?password=x", "postgres://new/glaze?password=x"),
    null,
  );
  assert.equal(translation("U", "", "host=old password=x", "host=new password=x"), null);
  assert.equal(translation("U", "postgres://{{ .u }}@old/g", OLD, NEW), null);
});

test("around actions the text is changed, and they stay as they are", () => {
  const template = "postgres://{{ .user }}:{{ .password | urlquery }}@old:5432/glaze";
  assert.equal(
    aroundActions(template, (text) => (/\s/.test(text) ? null : text.replace("old", "new"))),
    "postgres://{{ .user }}:{{ .password | urlquery }}@new:5432/glaze",
  );
});

test("a translation is known as one, and what a person wrote is not", () => {
  for (const template of ["", "{{ .url | trim }}"]) {
    const text = translation("U", template, OLD, NEW) ?? "";
    assert.equal(isTranslationOf("U", template, text), true);
    assert.equal(isTranslationOf("U", template, template), false);
    assert.equal(isTranslationOf("U", template, text.replace(" }}", " | trim }}")), false);
    assert.equal(isTranslationOf("V", template, text), template !== "");
  }
});
