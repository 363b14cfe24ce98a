-- A view that people may lean on says what it is.
comment on view v_drift_trend is
  'Per hour, shop and kind: how often it was compared with Shopify, how many objects, and how many of them differed.';
