-- drift_trend: what the reconciler compared and found, by day and kind; the last days first.
-- $1 days
select shop, kind, date_trunc('day', hour)::date::text as day, sum(runs)::bigint as runs, sum(compared)::bigint as compared,
       sum(different)::bigint as different
  from v_drift_trend
 group by shop, kind, date_trunc('day', hour)
 order by date_trunc('day', hour) desc, shop, kind
 limit $1::bigint * 30;
