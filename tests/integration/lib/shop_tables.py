# SPDX-License-Identifier: Apache-2.0
"""The same rows as `shop_truth`, read from Postgres with SQL of its own.

Every query names its key first; `orders` that Shopify deleted are left out by the caller. Columns are read where there
are columns, the stored fact where there are none.
"""
from decimal import Decimal
from datetime import datetime, timezone

from psycopg.rows import dict_row

from shop_truth import ADDRESS, metafields

MONEY = {"total", "total_presentment", "original_total", "original_total_presentment", "tip", "price", "price_presentment",
         "discount", "discounted", "shipping", "adjustment", "amount", "amount_presentment", "compare_at_price", "cost"}
SETS = {"properties", "lines", "payments", "refunds", "components"}

OF_ORDERS = {
    "order": """select o.order_id, o.name, o.updated_at, o.created_at, o.cancelled_at, o.body->>'cancel_reason' cancel_reason,
        o.closed_at, o.test, o.financial_status, o.currency, w.presentment_currency, o.total, w.total_presentment,
        w.original_total, w.original_total_presentment, w.tip, w.note, w.email, w.phone, w.tags, w.source_name, w.location_id,
        w.customer_id, o.body->>'po_number' po_number
        from sales_order o join v_order_whole w using (shop, order_id) where shop = %(shop)s""",
    "order_story": """select order_id, edited, return_status, kind
        from sales_order where shop = %(shop)s and fo_updated_at is not null""",
    "line": """select l.order_id, l.line_id, l.variant_id, (b->>'product_id')::bigint product_id, l.sku, l.title, l.quantity,
        l.current_quantity "current", (b->>'unfulfilled_quantity')::bigint unfulfilled, l.requires_shipping,
        (b->'price'->>'shop')::numeric price, (b->'price'->>'presentment')::numeric price_presentment,
        (select coalesce(sum((a->'amount'->>'shop')::numeric), 0) from jsonb_array_elements(b->'discount_allocations') a) discount,
        (select coalesce(jsonb_agg(jsonb_build_array(p->>'name', p->>'value')), '[]') from jsonb_array_elements(b->'properties') p)
          properties
        from sales_order_line l join sales_order o using (shop, order_id)
        left join lateral (select b from jsonb_array_elements(o.body->'lines') b where (b->>'line_id')::bigint = l.line_id) x on true
        where shop = %(shop)s""",
    "line_units": "select order_id, line_id, fulfilled, cancelled from sales_order_line where shop = %(shop)s",
    "shipping": """select order_id, (s->>'shipping_line_id')::bigint id, s->>'title' title, s->>'code' code,
        (s->'price'->>'shop')::numeric price, (s->'discounted_price'->>'shop')::numeric discounted
        from sales_order, jsonb_array_elements(body->'shipping_lines') s where shop = %(shop)s""",
    "fulfillment": """select order_id, (f->>'fulfillment_id')::bigint id, f->>'name' "name", f->>'status' status,
        (f->>'location_id')::bigint location_id, f->>'tracking_company' company, f->'tracking_numbers' numbers,
        (select jsonb_agg(jsonb_build_array((l->>'line_id')::bigint, (l->>'quantity')::bigint))
           from jsonb_array_elements(f->'lines') l) lines
        from sales_order, jsonb_array_elements(body->'fulfillments') f where shop = %(shop)s""",
    "refund": """select order_id, refund_id, created_at, note, return_id, shipping, adjustment,
        array(select transaction_id from order_refund_payment p where p.shop = r.shop and p.order_id = r.order_id
                                                                   and p.refund_id = r.refund_id) payments
        from order_refund r where shop = %(shop)s""",
    "refund_line": """select order_id, refund_line_id, refund_id, line_id, quantity, restock_type, location_id
        from order_refund_line where shop = %(shop)s""",
    "transaction": """select order_id, transaction_id, parent_id, kind, status, gateway, amount, amount_presentment, created_at
        from order_transaction where shop = %(shop)s""",
    "return": """select order_id, return_id, name, status, created_at, closed_at, decline_reason, decline_note,
        refund_ids refunds from order_return where shop = %(shop)s""",
    "return_line": """select order_id, return_line_id, return_id, line_id, fulfillment_line_id, quantity, processed,
        customer_note from order_return_line where shop = %(shop)s""",
    "exchange_line": """select order_id, exchange_line_id, return_id, variant_id, sku, quantity, processed, line_ids lines
        from order_exchange_line where shop = %(shop)s""",
    "reverse_line": """select order_id, reverse_line_id, return_id, reverse_fulfillment_order_id reverse_id, status,
        fulfillment_line_id, total from order_reverse_line where shop = %(shop)s""",
    "disposition": """select order_id, disposition_id, reverse_line_id, type, quantity, location_id, created_at
        from order_disposition where shop = %(shop)s""",
}
OF_WORK = {
    "fulfillment_order": """select order_id gone, fulfillment_order_id, order_id, status, request_status, location_id
        from fulfillment_order where shop = %(shop)s""",
    "fulfillment_order_line": """select order_id gone, fulfillment_order_line_id, fulfillment_order_id, line_id, total, remaining
        from fulfillment_order_line where shop = %(shop)s""",
}
PRODUCTS = """select product_id, title, handle, status, vendor, product_type, tags, gift_card,
    body->>'description_html' description_html, category, category_id, created_at, updated_at, image_url,
    body->'media' media, body->'options' options, body->'metafields' metafields, deleted_at is not null deleted
    from product where shop = %(shop)s"""
VARIANTS = """select variant_id, v.product_id, inventory_item_id, sku, barcode, v.title, v.options, position, price,
    compare_at_price, taxable, inventory_policy, tracked, requires_shipping, weight_grams grams, unit_cost cost, v.image_url,
    v.requires_components, (select coalesce(jsonb_agg(jsonb_build_array(c.component_id, c.quantity)), '[]')
        from variant_component c where c.shop = v.shop and c.variant_id = v.variant_id) components
    from variant v join product p using (shop, product_id)
    where shop = %(shop)s and v.deleted_at is null and p.deleted_at is null"""


def plain(name: str, value):
    """One column in the form that all sides share."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(value, Decimal):
        scaled = value * 100 if name in MONEY else value
        return int(scaled) if scaled == int(scaled) else str(value)
    if name in SETS:
        return sorted(tuple(v) if isinstance(v, list) else v for v in value or [])
    return value


class Tables:
    """What Postgres says of a shop at this moment, but for the orders that Shopify deleted."""

    def __init__(self, db, shop: str, gone: set):
        self.db, self.shop, self.gone = db, shop, gone

    def _query(self, sql: str, keys: int) -> dict:
        found = {}
        with self.db.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(sql, {"shop": self.shop}):
                names = list(row)
                key = tuple(row[n] for n in names[:keys])
                found[key if keys > 1 else key[0]] = {n: plain(n, row[n]) for n in names[keys:]}
        return found

    def of_orders(self) -> dict:
        """kind -> rows."""
        kinds = {kind: self._query(sql, 1 if kind in ("order", "order_story") else 2) for kind, sql in OF_ORDERS.items()}
        kinds["address"] = self._addresses()
        return {kind: {key: row for key, row in rows.items() if (key[0] if isinstance(key, tuple) else key) not in self.gone}
                for kind, rows in kinds.items()}

    def _addresses(self) -> dict:
        names = ", ".join(f"a->>'{name}' \"{name}\"" for name in ADDRESS)
        return self._query(f"""select order_id, k.kind, {names} from sales_order,
            lateral (values ('shipping', body->'shipping_address'), ('billing', body->'billing_address')) k(kind, a)
            where shop = %(shop)s and jsonb_typeof(a) = 'object'""", 2)

    def of_work(self) -> dict:
        return {kind: {key: row for (order, key), row in self._query(sql, 2).items() if order not in self.gone}
                for kind, sql in OF_WORK.items()}

    def of_products(self) -> dict:
        rows = self._query(PRODUCTS, 1)
        for key, row in rows.items():
            if row["deleted"]:
                rows[key] = {"deleted": True}
                continue
            row["media"] = [m["url"] for m in row["media"]]
            row["options"] = [(o["id"], o["name"], [v["name"] for v in o["values"]]) for o in row["options"]]
            row["metafields"] = metafields(row["metafields"])
            row["tags"] = sorted(row["tags"])
        variants = self._query(VARIANTS, 1)
        for row in variants.values():
            row["options"] = [o["value"] for o in row["options"]]
        return {"product": rows, "variant": variants}
