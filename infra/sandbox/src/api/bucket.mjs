// bucket.mjs: the leaky bucket of an app in a shop.
//
// A request is charged its requested cost before it runs and refunded what it did not use; the
// level rises with time.  Time is monotonic: moving the shop's clock does not fill the bucket.
//
// SPDX-License-Identifier: Apache-2.0
import { performance } from 'node:perf_hooks';

export class Bucket {
    constructor(config) {
        this.config = config;
        this.fill();
    }

    fill() {
        this.level = this.config.bucket_maximum;
        this.readAt = performance.now();
    }

    refresh() {
        const now = performance.now();
        const grown = ((now - this.readAt) / 1000) * this.config.bucket_restore_rate;
        this.level = Math.min(this.config.bucket_maximum, this.level + grown);
        this.readAt = now;
    }

    /** Takes `cost`; false when there is not enough. */
    take(cost) {
        this.refresh();
        if (this.level < cost) return false;
        this.level -= cost;
        return true;
    }

    give(cost) {
        this.refresh();
        this.level = Math.min(this.config.bucket_maximum, this.level + cost);
    }

    drain() {
        this.refresh();
        this.level = 0;
    }

    status() {
        this.refresh();
        return {
            maximumAvailable: this.config.bucket_maximum,
            currentlyAvailable: Math.floor(this.level),
            restoreRate: this.config.bucket_restore_rate,
        };
    }
}
