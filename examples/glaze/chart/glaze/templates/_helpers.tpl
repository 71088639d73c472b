{{/* Every process of the app: the database's address is put together here, from a password in a Secret and the Service's name. */}}
{{- define "glaze.env" -}}
- name: POSTGRES_PASSWORD
  valueFrom: { secretKeyRef: { name: glaze-secrets, key: POSTGRES_PASSWORD } }
- name: DATABASE_URL
  value: postgres://glaze:$(POSTGRES_PASSWORD)@glaze-postgres:5432/glaze
- name: REDIS_URL
  value: redis://glaze-redis:6379/0
{{- end }}
