#!/usr/bin/env bash
# Deploys one commit. One core cannot start web and worker at the same time: one after the other.
set -euo pipefail

kubectl rollout pause deployment/glaze-web deployment/glaze-worker
helm upgrade --install glaze chart/glaze --namespace default \
  --values chart/glaze/values.yaml --set image.tag="$1" --timeout 10m
kubectl rollout resume deployment/glaze-web
kubectl rollout status deployment/glaze-web --timeout=5m
sleep 30
kubectl rollout resume deployment/glaze-worker
kubectl rollout status deployment/glaze-worker --timeout=5m
